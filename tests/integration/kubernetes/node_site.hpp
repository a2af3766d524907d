// A real `spillway run` with a virtual node beside a real control plane: the emulator is the cloud,
// and real processes are the containers.
#pragma once

#include <fmt/format.h>

#include <csignal>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>

#include "tests/integration/kubernetes/plane.hpp"

namespace spillway::node_site {

using namespace spillway::testing;

inline std::string program(const char* variable) {
  const char* const path{std::getenv(variable)};
  REQUIRE_MESSAGE(path, "run this through `meson test`, which says where the programs are");
  return path;
}

inline constexpr const char* config_template{R"yaml(
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

inline constexpr std::string_view tolerating{R"(
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
    allow_command: true
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

  /// A shell command line in which `$KUBECTL` is kubectl as the administrator: both kinds of
  /// output, and the exit code in brackets.
  static std::string shell(const std::string& line) {
    const std::string before{"KUBECTL='kubectl --kubeconfig=" + plane().rig.kubeconfig() + "'; "};
    ChildProcess child{{"/bin/sh", "-c", before + line}};
    REQUIRE(child.wait_for_exit(std::chrono::seconds{90}));
    return fmt::format("{}{}[{}]", child.standard_output(), child.standard_error(),
                       child.exit_code().value_or(-1));
  }

  /// The name of a pod of the namespace that runs on the node; empty if none does in time.
  static std::string running_pod(const std::string& name_space) {
    std::string pod{};
    const bool is_ready{wait_until(
        [&] {
          pod = kubectl({"-n", name_space, "get", "pods",
                         "--field-selector=spec.nodeName=spillway,status.phase=Running", "-o",
                         "jsonpath={.items[*].metadata.name}"});
          return pod.starts_with("web-");
        },
        std::chrono::milliseconds{90'000})};
    return is_ready ? pod : std::string{};
  }

  void stop() { spillway_->stop(); }
  std::string log() const { return spillway_->standard_error(); }

 private:
  ScratchDirectory directory_{};
  std::uint16_t port_{free_port()};
  std::uint16_t kubelet_port_{free_port()};
  std::unique_ptr<ChildProcess> emulator_{};
  std::unique_ptr<ChildProcess> spillway_{};
};

}  // namespace spillway::node_site
