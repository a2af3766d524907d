// The whole way: a real `spillway run`, a real control plane, and the emulator whose groups are
// real processes. Pods that no node can take become burst replicas, and go when there is room
// again.
#include <fmt/format.h>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <csignal>

#include <string>

#include "tests/integration/kubernetes/plane.hpp"
#include "tests/integration/real_programs.hpp"

namespace spillway::overflow_test {

using namespace spillway::testing;
namespace json = boost::json;

namespace {

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
{provider}
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
  const EmulatedCloud cloud{
      directory, "--service-time, 10ms, --concurrency, \"1\"", {.name = "example.com/web:*"}};
  const SpillwayProgram spillway{(directory.path() / "spillway.yaml").string()};
  directory.write(
      "spillway.yaml",
      fmt::format(fmt::runtime(config_template), fmt::arg("directory", directory.path().string()),
                  fmt::arg("port", spillway.api_port()), fmt::arg("server", plane().rig.url()),
                  fmt::arg("ca", plane().rig.ca_file()),
                  fmt::arg("provider", cloud.provider_section())));
  shop.wait_for_running(4);
  const auto [verdict, exit_code] = spillway.command({"check", "-c", spillway.config_path()});
  const std::string said{verdict};
  CAPTURE(said);
  CHECK(exit_code == 0);
  const auto running = spillway.start();
  const auto count_all = [&] {
    const json::value page = spillway.status();
    return page.is_null() ? -1 : static_cast<int>(page.at("groups").as_array().size());
  };
  CHECK(wait_until([&] { return count_all() == 0; }, patience));
  shop.rig().kubectl({"-n", "over", "scale", "deployment/web", "--replicas=6"});
  const bool has_burst{wait_until([&] { return spillway.count_in("serving") == 2; }, patience)};
  const std::string log{running->standard_error()};
  CAPTURE(log);
  CHECK(has_burst);
  // A second machine takes what waits.
  shop.rig().add_node("n2", 2);
  shop.wait_for_running(6);
  CHECK(wait_until([&] { return count_all() == 0; }, patience));
  shop.rig().kubectl({"delete", "node", "n2"});
  running->send_signal(SIGTERM);
  CHECK(running->wait_for_exit());
  CHECK(running->exit_code() == 0);
}

}  // namespace spillway::overflow_test
