#include "controller/core/template_memory.hpp"

#include <doctest/doctest.h>

#include "tests/support/printing_core.hpp"

namespace spillway::template_memory_test {
namespace {

using namespace std::chrono_literals;

/// Something in every field.
ReplicaTemplate full() {
  ReplicaTemplate all{};
  all.image = "r.example/web:1";
  all.command = {"run", "a:b,c", "two\nlines\ttab", ""};
  all.env = {{"A", "1"}, {"EMPTY", ""}};
  all.secure_env = {{"PASSWORD", "hunter2"}};
  all.port = 80;
  all.registry_server = "r.example";
  all.registry_username = "me";
  all.registry_password = "hunter3";
  all.subnet_id = "/subnet";
  all.registry_identity = "/identity";
  all.more_ports = {81, 82};
  all.vcpu_limit = 0.1;
  all.memory_limit_gb = 1.0 / 3.0;
  all.mounts = {{"v", "/v", true}};
  all.liveness = ContainerProbe{.command = {"check"}, .headers = {{"H", "x"}}, .period = 7s};
  all.readiness = ContainerProbe{.path = "/ready", .port = 81, .is_https = true};
  Sidecar sidecar{};
  sidecar.name = "proxy";
  sidecar.parts.image = "proxy:1";
  sidecar.parts.secure_env = {{"KEY", "hunter4"}};
  sidecar.ports = {9000};
  sidecar.liveness = ContainerProbe{};
  all.sidecars = {sidecar};
  InitContainer init{};
  init.name = "init";
  init.parts.command = {"prepare"};
  init.parts.secure_env = {{"KEY", "hunter5"}};
  all.init_containers = {init};
  all.volumes = {{"e", {EmptyDirVolume{}}},
                 {"s", {SecretVolume{{{"file", "hunter6"}}}}},
                 {"v", {AzureFileVolume{"account", "share", "hunter7", true}}}};
  all.restart = RestartPolicy::never;
  all.address = AddressKind::none;
  all.dns_label = "web";
  all.dns_reuse = DnsReuse::noreuse;
  all.sku = GroupSku::dedicated;
  all.cce_policy = "cGE=";
  all.identities = {"/one"};
  all.has_system_identity = true;
  all.log_workspace_id = "w";
  all.log_workspace_key = "hunter8";
  all.tags = {{"team", "shop"}};
  all.gpus = 1;
  return all;
}

TEST_CASE("a template comes back as it was, with the secrets of the settings") {
  const TemplateMemory memory{"good", "bad", full()};
  const std::string text{to_text(memory)};
  auto read{template_memory_from(text)};
  REQUIRE(read);
  CHECK(read->trusted_hash == "good");
  CHECK(read->rejected_hash == "bad");
  CHECK(read->trusted.secure_env.at("PASSWORD") == secret_left_out);
  CHECK(template_hash(read->trusted) == template_hash(full()));
  CHECK(fill_secrets(read->trusted, full()).empty());
  CHECK(read->trusted == full());
  CHECK(template_memory_from(to_text({}))->trusted == ReplicaTemplate{});
}

TEST_CASE("no value of a secret is written") {
  CHECK(to_text({"good", "bad", full()}).find("hunter") == std::string::npos);
}

TEST_CASE("a secret that the settings have no more is told by its name") {
  auto read{template_memory_from(to_text({"good", "bad", full()}))};
  REQUIRE(read);
  ReplicaTemplate other{full()};
  other.secure_env.clear();
  other.registry_server = "elsewhere.example";
  other.sidecars.clear();
  other.volumes.clear();
  other.log_workspace_key.clear();
  CHECK(fill_secrets(read->trusted, other) ==
        std::vector<std::string>{"secure_env PASSWORD", "password of r.example",
                                 "key of the log workspace", "secure_env of proxy KEY",
                                 "volume s file file", "key of v"});
}

TEST_CASE("what is cut off, damaged or of another version is not believed") {
  const std::string text{to_text({"good", "bad", full()})};
  for (std::size_t length{0}; length < text.size(); ++length) {
    CAPTURE(length);
    CHECK_FALSE(template_memory_from(text.substr(0, length)));
  }
  CHECK_FALSE(template_memory_from(text + "1:x,"));
  CHECK_FALSE(template_memory_from("10:template 0,"));
  CHECK_FALSE(template_memory_from("99999999999999999999:x,"));
  for (std::size_t at{0}; at < text.size(); ++at) {
    std::string damaged{text};
    damaged[at] = static_cast<char>(damaged[at] ^ 0x15);
    static_cast<void>(template_memory_from(damaged));  // whatever it says, it ends
  }
}

}  // namespace
}  // namespace spillway::template_memory_test
