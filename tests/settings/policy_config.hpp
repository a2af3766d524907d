// A config around policies, for the tests of what a config may say about them.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "controller/settings/load_config.hpp"

namespace spillway::testing {

/// A workload with all signals and these policies, which begin in line 13, column 9.
inline std::string config_with(const std::string& policies) {
  return R"(metric_sources:
  prom: {type: prometheus, urls: [http://127.0.0.1:9090]}
clusters:
  vms: {type: static_vms, addresses: [10.0.0.1:8080]}
workloads:
  web:
    cluster: vms
    signals: {load: {query: a}, utilization: {query: b}, queue: {query: c}, latency_p95: {query: d}}
    # what stands below
    # is the policy
    # under test
    policies:
      - )" +
         policies + "\n";
}

inline std::string errors_of(const settings::LoadedConfig& loaded) {
  const auto* const errors{std::get_if<std::vector<settings::ConfigError>>(&loaded)};
  return errors == nullptr ? "" : to_string(*errors);
}

}  // namespace spillway::testing
