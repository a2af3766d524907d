// `kubectl logs` all the way: kubectl, a real API server, the kubelet port of a real `spillway run`
// over TLS, the emulator, and what a real process has written. And the doors that stay shut.
#include <fmt/format.h>

#include <csignal>
#include <cstdlib>
#include <memory>
#include <string>

#include "tests/integration/kubernetes/plane.hpp"

namespace spillway::logs_test {

using namespace spillway::testing;

namespace {

std::string program(const char* variable) {
  const char* const path{std::getenv(variable)};
  REQUIRE_MESSAGE(path, "run this through `meson test`, which says where the programs are");
  return path;
}

constexpr const char* config_template{R"yaml(
mode: act
owner: logs-test
interval: 1s
state: {{directory: {directory}/state}}
api: {{listen: "127.0.0.1:{port}"}}
clusters:
  k8s:
    type: kubernetes
    connection: {{server: "{server}", token_file: {directory}/token, ca_file: {ca}}}
virtual_node:
  connection: {{server: "{server}", token_file: {directory}/token, ca_file: {ca}}}
  interval: 500ms
  {budget}
  kubelet:
    listen: 127.0.0.1:{kubelet_port}
    address: 127.0.0.1
    client_ca_file: {ca}
    client_names: [{client_name}]
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
    service: logs/web
    policies: [{{type: saturation, signal: ""}}]
    replica: {{from_cluster: true}}
    limits: {{max_burst: 0}}
)yaml"};

constexpr std::string_view tolerating{R"(
      tolerations: [{key: virtual-kubelet.io/provider, operator: Exists}]
)"};

/// Everything around the control plane, until the end of the test.
class Site {
 public:
  Site() {
    plane().apply("rbac-virtual-node.yaml");
    directory_.write("token", plane().token);
    directory_.write("emulator.yaml", fmt::format(R"yaml(
images:
  "example.com/web:*":
    command: ["{}", --listen, "{{ip}}:{{port}}", --service-time, 10ms, --concurrency, "1"]
start: {{median_seconds: 1, sigma: 0.1}}
delete_seconds: 1
addresses: 127.78.0.1
)yaml",
                                                  program("DEMO_WORKLOAD")));
    emulator_ = std::make_unique<ChildProcess>(std::vector<std::string>{
        program("ACI_EMULATOR"), "--listen", "127.0.0.1:0", "--backend", "process", "--config",
        (directory_.path() / "emulator.yaml").string()});
    REQUIRE(wait_until([&] { return emulator_->standard_output().ends_with('\n'); }));
  }
  ~Site() {
    if (spillway_) spillway_->stop();
    plane().rig.kubectl({"delete", "node", "spillway", "--ignore-not-found"});
  }

  void start(const std::string& client_name, std::string_view budget = "") {
    if (spillway_) spillway_->stop();
    std::string url{emulator_->standard_output()};
    url.pop_back();
    const std::string config{directory_.write(
        "spillway.yaml",
        fmt::format(fmt::runtime(config_template),
                    fmt::arg("directory", directory_.path().string()), fmt::arg("port", port_),
                    fmt::arg("kubelet_port", kubelet_port_), fmt::arg("client_name", client_name),
                    fmt::arg("budget", budget), fmt::arg("server", plane().rig.url()),
                    fmt::arg("ca", plane().rig.ca_file()), fmt::arg("url", url)))};
    spillway_ = std::make_unique<ChildProcess>(
        std::vector<std::string>{program("SPILLWAY"), "run", "-c", config});
  }

  /// Both kinds of output of a kubectl that may fail.
  static std::string kubectl(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"kubectl", "--kubeconfig=" + plane().rig.kubeconfig()});
    ChildProcess child{std::move(arguments)};
    REQUIRE(child.wait_for_exit(std::chrono::seconds{60}));
    return child.standard_output() + child.standard_error();
  }

  std::string log() const { return spillway_->standard_error(); }

 private:
  ScratchDirectory directory_{};
  std::uint16_t port_{free_port()};
  std::uint16_t kubelet_port_{free_port()};
  std::unique_ptr<ChildProcess> emulator_{};
  std::unique_ptr<ChildProcess> spillway_{};
};

}  // namespace

TEST_CASE("kubectl logs shows what a pod on the virtual node has written, and exec says why not") {
  NEEDS_KUBERNETES();
  constexpr std::chrono::milliseconds patience{90'000};
  Shop shop{"logs", 5, tolerating};
  shop.wait_for_running(4);
  Site site{};
  site.start("\"spillway test\"");
  std::string pod{};
  const bool is_ready{wait_until(
      [&] {
        pod = Site::kubectl({"-n", "logs", "get", "pods",
                             "--field-selector=spec.nodeName=spillway,status.phase=Running", "-o",
                             "jsonpath={.items[*].metadata.name}"});
        return pod.starts_with("web-");
      },
      patience)};
  const std::string log{site.log()};
  CAPTURE(log);
  REQUIRE(is_ready);
  const std::vector<std::string> logs{"-n", "logs", "logs", pod};
  const auto with{[&](std::string option) {
    std::vector<std::string> all{logs};
    all.push_back(std::move(option));
    return Site::kubectl(std::move(all));
  }};
  std::string shown{};
  const bool has_logs{wait_until(
      [&] {
        shown = Site::kubectl(logs);
        return shown.starts_with("http://127.78.0.") && shown.ends_with(":8080\n");
      },
      patience)};
  CAPTURE(shown);
  REQUIRE(has_logs);
  CHECK(with("--tail=1") == shown);
  CHECK(with("--limit-bytes=4") == "http");
  {
    ChildProcess follower{{"kubectl", "--kubeconfig=" + plane().rig.kubeconfig(), "-n", "logs",
                           "logs", "-f", "--timestamps", "--tail=1", pod}};
    const bool is_followed{wait_until(
        [&] {
          const std::string text{follower.standard_output()};
          return text.ends_with(shown) && text.size() > shown.size();
        },
        patience)};
    CAPTURE(follower.standard_output());
    CAPTURE(follower.standard_error());
    CHECK(is_followed);
    CHECK(follower.is_running());
  }
  CHECK(with("--since=1h") == shown);
  CHECK(with("--since-time=2999-01-01T00:00:00Z").empty());
  const std::string refused{Site::kubectl({"-v=8", "-n", "logs", "exec", pod, "--", "ls"})};
  CAPTURE(refused);
  CHECK(refused.find("exec is not possible in pods of this node") != std::string::npos);

  // The authority signs for many: another name than the API server's gets nothing.
  site.start("somebody-else");
  const bool is_shut{wait_until(
      [&] { return Site::kubectl(logs).find("127.0.0.1") != std::string::npos; }, patience)};
  const std::string shut{Site::kubectl(logs)};
  CAPTURE(shut);
  CHECK(is_shut);
  CHECK(shut.find("http://127.78") == std::string::npos);

  // Beyond the cap nothing is created; what runs goes on.
  site.start("\"spillway test\"", "budget: {per_hour: 0.001 USD}");
  shop.rig().kubectl({"-n", "logs", "scale", "deployment/web", "--replicas=6"});
  std::string pods{};
  const bool says_why{wait_until(
      [&] {
        pods = Site::kubectl({"-n", "logs", "get", "pods", "-o",
                              "jsonpath={range .items[*]}{.status.phase} {.status.reason} "
                              "{.status.message}{\"\\n\"}{end}"});
        return pods.find("OverBudget") != std::string::npos;
      },
      patience)};
  CAPTURE(pods);
  CHECK(says_why);
  CHECK(pods.find("virtual_node.budget.per_hour is 0.001 USD") != std::string::npos);
  CHECK(Site::kubectl(logs) == shown);
}

}  // namespace spillway::logs_test
