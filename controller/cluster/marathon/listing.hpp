// Apps, launch queue and deployments as Marathon's REST API lists them (RAML of the public
// repository mesosphere/marathon, docs/docs/rest-api/public/api/v2): only what decides something
// here. Pure.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "controller/core/error.hpp"
#include "controller/core/units.hpp"

namespace spillway::marathon {

struct HealthCheck {
  std::string protocol{"HTTP"};  ///< HTTP(S), TCP, COMMAND, or with MESOS_ in front
  std::string path{};
  std::string command{};
  int port{0};  ///< 0: by `port_index`
  int port_index{0};
  double grace_s{300};
  double interval_s{60};
  double timeout_s{20};
  int failures_max{3};
};

struct App {
  std::string id{};  ///< `/group/name`
  int instances{1};
  int staged{0};
  int running{0};
  int healthy{0};
  int unhealthy{0};
  double cpus{1};
  double memory_mib{128};
  int gpus{0};
  std::string image{};    ///< empty: no container image
  std::string command{};  ///< for /bin/sh
  std::vector<std::string> args{};
  std::map<std::string, std::string> env{};
  std::map<std::string, std::string> env_secrets{};  ///< variable -> name of a secret
  std::map<std::string, std::string> secret_sources{};
  std::vector<int> container_ports{};  ///< TCP, in the order of the definition
  std::vector<HealthCheck> health_checks{};
  std::vector<std::string> volumes{};  ///< container paths
  bool has_container_network{false};
  /// Fields that change how an instance runs and that a container group has no counterpart for.
  std::vector<std::string> other{};

  bool has_health_checks() const { return !health_checks.empty(); }
};

/// What the launch queue says about one app.
struct Queued {
  int count{0};
  bool waits_for_offers{false};  ///< false: it failed too often, and its next launch is delayed
  Duration waited{};             ///< for offers, in our own eyes
};

struct Listing {
  std::map<std::string, App, std::less<>> apps{};
  std::map<std::string, Queued, std::less<>> queue{};
  /// Apps whose instances are being replaced by a deployment; mere scaling is not meant.
  std::set<std::string, std::less<>> restarting{};
};

/// Errors: `malformed`, with the field; one element that cannot be read fails the whole.
Result<std::map<std::string, App, std::less<>>> parse_apps(std::string_view body);
Result<std::map<std::string, Queued, std::less<>>> parse_queue(std::string_view body);
Result<std::set<std::string, std::less<>>> parse_deployments(std::string_view body);

}  // namespace spillway::marathon
