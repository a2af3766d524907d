// How the settings of a burst replica and the cluster's own description make one template.
#include <doctest/doctest.h>

#include "controller/settings/replica_config.hpp"
#include "tests/settings/read_yaml.hpp"

namespace spillway::filled_in_test {

using namespace spillway::settings;

namespace {

using Texts = std::map<std::string, std::string>;

DerivedReplica described() {
  DerivedReplica derived{};
  derived.replica.image = "registry.example/web:2";
  derived.replica.command = {"/web", "--fast"};
  derived.replica.env = {{"MODE", "fast"}, {"DEPTH", "3"}};
  derived.replica.secure_env = {{"TOKEN", "t"}, {"KEY", "k"}};
  derived.port = 9000;
  derived.vcpu = 0.251;
  derived.memory_gb = 0.536870912;  // 512 MiB
  derived.probe_path = "/healthz";
  return derived;
}

}  // namespace

TEST_CASE("what the settings leave out is as on the cluster") {
  const ReplicaConfig filled{filled_in({.from_cluster = true}, described())};
  CHECK(filled.replica.image == "registry.example/web:2");
  CHECK(filled.replica.command == std::vector<std::string>{"/web", "--fast"});
  CHECK(filled.replica.env == Texts{{"DEPTH", "3"}, {"MODE", "fast"}});
  CHECK(filled.replica.secure_env == Texts{{"KEY", "k"}, {"TOKEN", "t"}});
  CHECK(filled.replica.port == 9000);
  CHECK(filled.probe.path == "/healthz");
}

TEST_CASE("a cluster's probe by HTTPS is asked by HTTPS, and one of the settings as they say") {
  DerivedReplica derived{described()};
  derived.is_probe_https = true;
  CHECK(filled_in({.from_cluster = true}, derived).probe.is_https);
  ReplicaConfig given{.from_cluster = true};
  given.probe.path = "/mine";
  CHECK_FALSE(filled_in(given, derived).probe.is_https);
}

TEST_CASE("a probe at a port that nobody outside reaches is none of ours") {
  DerivedReplica derived{described()};
  derived.probe_port = 9001;
  const ReplicaConfig hidden{filled_in({.from_cluster = true}, derived)};
  CHECK(hidden.probe.path.empty());
  CHECK(hidden.probe.port == 0);
  derived.replica.more_ports = {9001};
  const ReplicaConfig published{filled_in({.from_cluster = true}, derived)};
  CHECK(published.probe.path == "/healthz");
  CHECK(published.probe.port == 9001);
  ReplicaConfig given{.from_cluster = true};
  given.probe.path = "/ready";
  CHECK(filled_in(given, derived).probe.port == 0);
}

TEST_CASE("a size is rounded up to what a group can have") {
  const ReplicaConfig filled{filled_in({.from_cluster = true}, described())};
  CHECK(filled.size.vcpu == doctest::Approx(0.26));
  CHECK(filled.size.memory_gb == doctest::Approx(0.6));
  DerivedReplica tiny{described()};
  tiny.vcpu = 0.3;
  tiny.memory_gb = 0.01;
  CHECK(filled_in({}, tiny).size.vcpu == doctest::Approx(0.3));
  CHECK(filled_in({}, tiny).size.memory_gb == doctest::Approx(0.1));
}

TEST_CASE("a main container without requests beside a sidecar gets a share that Azure accepts") {
  DerivedReplica pod{described()};
  Sidecar proxy{};
  proxy.name = "proxy";
  proxy.vcpu = 0.1;
  proxy.memory_gb = 0.03;  // 32 MB
  pod.replica.sidecars = {proxy};
  pod.vcpu = 0.1;  // all that the pod asks for is the sidecar's
  pod.memory_gb = 0.03;
  const ReplicaConfig filled{filled_in({.from_cluster = true}, pod)};
  CHECK(filled.size.vcpu == doctest::Approx(0.2));
  CHECK(filled.size.memory_gb == doctest::Approx(0.2));
  CHECK(filled.replica.sidecars.at(0).memory_gb == doctest::Approx(0.1));
  CHECK(main_vcpu(filled.replica, filled.size.vcpu) >= 0.0999);
  CHECK(main_memory_gb(filled.replica, filled.size.memory_gb) >= 0.0999);
}

TEST_CASE("the settings win, one by one") {
  ReplicaConfig given{.from_cluster = true};
  given.replica.image = "registry.example/web:pinned";
  given.replica.env = {{"MODE", "burst"}, {"TOKEN", "not secret here"}};
  given.replica.secure_env = {{"DEPTH", "7"}};
  given.probe.path = "/ready";
  given.given = {.port = true, .vcpu = true, .memory = true};
  const ReplicaConfig filled{filled_in(given, described())};
  CHECK(filled.replica.image == "registry.example/web:pinned");
  CHECK(filled.replica.command == std::vector<std::string>{"/web", "--fast"});
  CHECK(filled.replica.env == given.replica.env);
  CHECK(filled.replica.secure_env == Texts{{"DEPTH", "7"}, {"KEY", "k"}});
  CHECK(filled.replica.port == 8080);
  CHECK(filled.probe.path == "/ready");
  CHECK(filled.size == given.size);
}

TEST_CASE("a default that is written down counts as given") {
  const auto yaml =
      testing::read_yaml<ReplicaConfig>("from_cluster: true\nport: 8080\nmemory: 1.5 GB\n");
  CHECK(yaml.errors == "");
  const ReplicaConfig& read{yaml.settings};
  CHECK(read.given.port);
  CHECK(read.given.memory);
  CHECK_FALSE(read.given.vcpu);
  CHECK(filled_in(read, described()).replica.port == 8080);
  CHECK(filled_in(read, described()).size.vcpu == doctest::Approx(0.26));
}

TEST_CASE("mounts and their volumes come from one side") {
  DerivedReplica derived{described()};
  derived.replica.mounts = {{.volume = "cache", .path = "/cache"}};
  derived.replica.volumes["cache"] = {};
  CHECK(filled_in({}, derived).replica.volumes.contains("cache"));
  ReplicaConfig given{};
  given.replica.mounts = {{.volume = "own", .path = "/own"}};
  given.replica.volumes["own"] = {};
  const ReplicaConfig filled{filled_in(given, derived)};
  CHECK(filled.replica.mounts == given.replica.mounts);
  CHECK_FALSE(filled.replica.volumes.contains("cache"));
}

}  // namespace spillway::filled_in_test
