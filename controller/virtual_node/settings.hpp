// What the config file says about a virtual node: a node of a Kubernetes cluster whose pods are
// container groups.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/core/fields.hpp"
#include "controller/kubernetes/connection_settings.hpp"

namespace spillway::virtual_node {

/// The door by which the API server reads logs and runs commands in pods.
struct KubeletSettings {
  std::string listen{"0.0.0.0:10250"};
  std::string address{};           ///< at which the API server reaches it
  std::string client_ca_file{};    ///< of the API server's client certificate
  std::string certificate_file{};  ///< empty, with the key: made at each start and reload
  std::string key_file{};
  std::vector<std::string> client_names{"kube-apiserver-kubelet-client"};
  int sessions{32};  ///< of exec, attach and port-forward at once
  Duration session_idle{std::chrono::hours{4}};

  bool operator==(const KubeletSettings&) const = default;
};

/// What the node's groups may cost. Nothing: no cap of its own.
struct SpendCaps {
  std::optional<Money> per_hour{};
  std::optional<Money> per_day{};
  std::optional<Money> per_month{};
};

struct Settings {
  kubernetes::ConnectionSettings connection{};
  std::string name{"spillway"};
  int vcpu{100};
  double memory_gb{400.0};
  int pods{60};
  std::string taint_value{"spillway"};
  std::vector<std::string> open_for{};
  Duration close_after{std::chrono::minutes{2}};
  Duration interval{std::chrono::seconds{2}};
  Duration start_limit{std::chrono::minutes{10}};
  bool has_kubelet{false};
  KubeletSettings kubelet{};
  SpendCaps budget{};
};

void describe(Fields& fields, Settings& settings);

/// The port of `ADDRESS:PORT`; nothing if there is none from 1 to 65535.
std::optional<std::uint16_t> port_of(std::string_view listen);

}  // namespace spillway::virtual_node
