// What the config file may say about Kubernetes: as a cluster, as traffic, as a virtual node.
#include "controller/cluster/kubernetes/settings.hpp"

#include <string>

#include "controller/traffic/endpoint_slice/settings.hpp"
#include "controller/virtual_node/settings.hpp"
#include "tests/settings/read_yaml.hpp"
#include "tests/support/printing.hpp"

namespace spillway::settings_test {

using namespace std::chrono_literals;
using spillway::testing::read_yaml;

TEST_CASE("a cluster needs nothing: everything is found as kubectl finds it") {
  const auto [usual, errors] = read_yaml<kubernetes::ClusterSettings>("{}");
  CHECK(errors == "");
  CHECK(usual.scope == kubernetes::Scope::cluster);
  CHECK(usual.unsupported == kubernetes::Unsupported::refuse);
  const auto [full, more] = read_yaml<kubernetes::ClusterSettings>(R"(
connection: {server: "https://10.0.0.1:6443", token_file: /t, ca_file: /ca}
namespace: shop
scope: namespace
unsupported: leave_out
cordoned: leave_out
stale_after: 10s
references_age: 1m
)");
  CHECK(more == "");
  CHECK(full.connection.server == "https://10.0.0.1:6443");
  CHECK(full.scope == kubernetes::Scope::name_space);
  CHECK(full.cordoned == kubernetes::Cordoned::leave_out);
  CHECK(full.stale_after == 10s);
}

TEST_CASE("what cannot be meant is an error with its place, and a near word is named") {
  const auto error = [](const std::string& text) {
    return read_yaml<kubernetes::ClusterSettings>(text).errors;
  };
  CHECK(error("scope: cluter").find("cluster") != std::string::npos);
  CHECK(error("connection: {kubeconfg: x}").find("kubeconfig") != std::string::npos);
  CHECK(error("connection: {kubeconfg: x}").find(":1:14:") != std::string::npos);
  for (const std::string bad :
       {"namespace: Shop", "namespace: -a", "stale_after: 0s", "connection: {server: 10.0.0.1}",
        "connection: {server: \"unix:/x\"}", "connection: {token_file: /t}",
        "connection: {server: \"https://a\", context: b}",
        "connection: {server: \"https://a\", key_file: /k}"}) {
    CAPTURE(bad);
    CHECK(error(bad) != "");
  }
}

TEST_CASE("a Service is named after the workload, in a namespace or not") {
  endpoint_slice::Settings settings{};
  CHECK(endpoint_slice::service_of(settings, "web") == "web");
  CHECK_FALSE(endpoint_slice::spans_namespaces(settings));
  settings.service = "shop/{{workload}}-svc";
  CHECK(endpoint_slice::service_of(settings, "web") == "shop/web-svc");
  CHECK_FALSE(endpoint_slice::spans_namespaces(settings));
  settings.service = "{{workload}}/front";
  CHECK(endpoint_slice::spans_namespaces(settings));
  for (const std::string bad :
       {"service: a/b/c", "service: \"/a\"", "service: \"a b\"", "share_listing: 2h"}) {
    CAPTURE(bad);
    CHECK(read_yaml<endpoint_slice::Settings>(bad).errors != "");
  }
}

TEST_CASE("a virtual node says how big it is") {
  const auto [node, errors] =
      read_yaml<virtual_node::Settings>("{name: burst, vcpu: 40, memory: 80 GB, pods: 30}");
  CHECK(errors == "");
  CHECK(node.name == "burst");
  CHECK(node.memory_gb == doctest::Approx(80.0));
  for (const std::string bad :
       {"name: Burst", "vcpu: 0", "pods: 0", "close_after: 0s", "interval: 1h"}) {
    CAPTURE(bad);
    CHECK(read_yaml<virtual_node::Settings>(bad).errors != "");
  }
}

}  // namespace spillway::settings_test
