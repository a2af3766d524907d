// A real `spillway run` with a virtual node beside a real control plane: the emulator is the cloud,
// and real processes are the containers.
#pragma once

#include <fmt/format.h>

#include <csignal>
#include <memory>
#include <string>
#include <utility>

#include "tests/integration/kubernetes/plane.hpp"
#include "tests/integration/real_programs.hpp"

namespace spillway::node_site {

using namespace spillway::testing;

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
{provider}
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
  }
  ~Site() {
    if (spillway_) spillway_->stop();
    plane().rig.kubectl({"delete", "node", "spillway", "--ignore-not-found"});
  }

  void start(const std::string& client_name, std::string_view budget = "") {
    if (spillway_) spillway_->stop();
    const std::string config{directory_.write(
        "spillway.yaml",
        fmt::format(fmt::runtime(config_template),
                    fmt::arg("directory", directory_.path().string()), fmt::arg("port", port_),
                    fmt::arg("kubelet_port", kubelet_port_), fmt::arg("client_name", client_name),
                    fmt::arg("budget", budget), fmt::arg("server", plane().rig.url()),
                    fmt::arg("ca", plane().rig.ca_file()),
                    fmt::arg("provider", cloud_.provider_section())))};
    spillway_ = SpillwayProgram{config}.start();
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
  EmulatedCloud cloud_{directory_,
                       "--service-time, 10ms, --concurrency, \"1\"",
                       {.name = "example.com/web:*", .allows_command = true}};
  std::unique_ptr<ChildProcess> spillway_{};
};

}  // namespace spillway::node_site
