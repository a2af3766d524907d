// The whole way: a real `spillway run`, a real control plane, and the emulator whose groups are
// real processes. Pods that no node can take become burst replicas, and go when there is room
// again.
#include <fmt/format.h>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <csignal>

#include <cstdlib>
#include <memory>
#include <string>

#include "tests/integration/kubernetes/plane.hpp"

namespace spillway::overflow_test {

using namespace spillway::testing;
namespace json = boost::json;

namespace {

std::string program(const char* variable) {
  const char* const path{std::getenv(variable)};
  REQUIRE_MESSAGE(path, "run this through `meson test`, which says where the programs are");
  return path;
}

constexpr const char* config_template{R"yaml(
mode: act
owner: kubernetes-test
interval: 1s
state: {{directory: {directory}/state}}
api: {{listen: "127.0.0.1:{port}"}}
clusters:
  k8s:
    type: kubernetes
    connection: {{server: "{server}", token_file: {directory}/token, ca_file: {ca}}}
provider:
  type: aci
  endpoint: {url}
  authority: {url}
  subscription: 00000000-0000-0000-0000-000000000000
  resource_group: spillway
  region: eastus
  tenant: 11111111-1111-1111-1111-111111111111
  client_id: 22222222-2222-2222-2222-222222222222
  client_secret: emulator-secret
workloads:
  web:
    cluster: k8s
    service: over/web
    policies: [{{type: saturation, signal: ""}}]
    replica: {{from_cluster: true}}
    limits: {{max_burst: 5}}
    behavior: {{scale_in: {{stabilization_window: 2s}}}}
    lifecycle: {{drain_deadline: 1s}}
)yaml"};

}  // namespace

TEST_CASE("unschedulable pods become burst replicas of the same image, and go when there is room") {
  NEEDS_KUBERNETES();
  Shop shop{"over", 4};
  const ScratchDirectory directory{};
  directory.write("token", plane().token);
  directory.write("emulator.yaml", fmt::format(R"yaml(
images:
  "example.com/web:*":
    command: ["{}", --listen, "{{ip}}:{{port}}", --service-time, 10ms, --concurrency, "1"]
start: {{median_seconds: 1, sigma: 0.1}}
delete_seconds: 1
addresses: 127.77.0.1
)yaml",
                                               program("DEMO_WORKLOAD")));
  ChildProcess emulator{{program("ACI_EMULATOR"), "--listen", "127.0.0.1:0", "--backend", "process",
                         "--config", (directory.path() / "emulator.yaml").string()}};
  REQUIRE(wait_until([&] { return emulator.standard_output().ends_with('\n'); }));
  std::string url{emulator.standard_output()};
  url.pop_back();
  const std::uint16_t port{free_port()};
  const std::string config{directory.write(
      "spillway.yaml",
      fmt::format(fmt::runtime(config_template), fmt::arg("directory", directory.path().string()),
                  fmt::arg("port", port), fmt::arg("server", plane().rig.url()),
                  fmt::arg("ca", plane().rig.ca_file()), fmt::arg("url", url)))};
  shop.wait_for_running(4);
  ChildProcess checked{{program("SPILLWAY"), "check", "-c", config}};
  REQUIRE(checked.wait_for_exit());
  const std::string verdict{checked.standard_output() + checked.standard_error()};
  CAPTURE(verdict);
  CHECK(checked.exit_code() == 0);
  ChildProcess spillway{{program("SPILLWAY"), "run", "-c", config}};
  const auto count = [&](std::string_view phase) {
    ChildProcess status{{program("SPILLWAY"), "status", "-o", "json", "--api",
                         fmt::format("http://127.0.0.1:{}", port)}};
    if (!status.wait_for_exit() || status.exit_code() != 0) return -1;
    const json::value page = json::parse(status.standard_output());
    int all{0};
    for (const json::value& group : page.at("workloads").at(0).at("groups").as_array()) {
      if (phase.empty() || group.at("phase").as_string() == phase) ++all;
    }
    return all;
  };
  constexpr std::chrono::milliseconds patience{60'000};
  CHECK(wait_until([&] { return count("") == 0; }, patience));
  shop.rig().kubectl({"-n", "over", "scale", "deployment/web", "--replicas=6"});
  const bool has_burst{wait_until([&] { return count("serving") == 2; }, patience)};
  const std::string log{spillway.standard_error()};
  CAPTURE(log);
  CHECK(has_burst);
  // A second machine takes what waits.
  shop.rig().add_node("n2", 2);
  shop.wait_for_running(6);
  CHECK(wait_until([&] { return count("") == 0; }, patience));
  shop.rig().kubectl({"delete", "node", "n2"});
  spillway.send_signal(SIGTERM);
  CHECK(spillway.wait_for_exit());
  CHECK(spillway.exit_code() == 0);
}

}  // namespace spillway::overflow_test
