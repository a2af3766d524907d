#include "controller/core/replica_template.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <set>
#include <string>
#include <vector>

namespace spillway::replica_template_test {
namespace {

ReplicaTemplate usual() {
  return {.image = "registry.example/shop:1.4",
          .command = {"serve", "--fast"},
          .env = {{"MODE", "burst"}},
          .secure_env = {{"TOKEN", "one"}},
          .port = 8080,
          .registry_server = "registry.example",
          .registry_username = "robot",
          .registry_password = "two"};
}

TEST_CASE("a change of anything but a secret's value changes the hash") {
  struct Row {
    std::string name;
    std::function<void(ReplicaTemplate&)> change;
  };
  const std::vector<Row> rows{
      {"image", [](ReplicaTemplate& t) { t.image = "registry.example/shop:1.5"; }},
      {"no command", [](ReplicaTemplate& t) { t.command.clear(); }},
      {"words joined", [](ReplicaTemplate& t) { t.command = {"serve--fast"}; }},
      {"words cut elsewhere",
       [](ReplicaTemplate& t) {
         t.command = {"serve-", "-fast"};
       }},
      {"env value", [](ReplicaTemplate& t) { t.env["MODE"] = "calm"; }},
      {"env name",
       [](ReplicaTemplate& t) {
         t.env = {{"MODEL", "burst"}};
       }},
      {"env cut elsewhere",
       [](ReplicaTemplate& t) {
         t.env = {{"MOD", "Eburst"}};
       }},
      {"secret name",
       [](ReplicaTemplate& t) {
         t.secure_env = {{"TOKENS", "one"}};
       }},
      {"one secret more", [](ReplicaTemplate& t) { t.secure_env["KEY"] = ""; }},
      {"port", [](ReplicaTemplate& t) { t.port = 8081; }},
      {"registry", [](ReplicaTemplate& t) { t.registry_server = "other.example"; }},
      {"user", [](ReplicaTemplate& t) { t.registry_username = "person"; }},
      {"subnet", [](ReplicaTemplate& t) { t.subnet_id = "/subnets/a"; }},
  };
  std::set<std::string> hashes{template_hash(usual())};
  for (const Row& row : rows) {
    CAPTURE(row.name);
    ReplicaTemplate changed{usual()};
    row.change(changed);
    CHECK(hashes.insert(template_hash(changed)).second);
  }
}

TEST_CASE("a rotated secret does not make groups outdated") {
  ReplicaTemplate rotated{usual()};
  rotated.secure_env["TOKEN"] = "three";
  rotated.registry_password = "four";
  CHECK(template_hash(rotated) == template_hash(usual()));
}

TEST_CASE("the hash is the one that tags of earlier versions carry") {
  // FNV-1a over `12:nginx:1.25.31:01:04:80800:0:0:`, computed apart from this program.
  CHECK(template_hash({.image = "nginx:1.25.3"}) == "9d4039d1c91d9929");
}

}  // namespace
}  // namespace spillway::replica_template_test
