// A config that is whole, with which the tests of a config's checks change one thing at a time.
#pragma once

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "controller/settings/config.hpp"
#include "controller/settings/load_config.hpp"
#include "tests/settings/fake_environment.hpp"

namespace spillway::usual_config {

using namespace spillway::settings;

/// A valid config that acts; tests change one thing.
inline const std::string usual{R"(mode: act
owner: test
metric_sources:
  prom: {type: prometheus, urls: [http://127.0.0.1:9090]}
provider:
  type: aci
  resource_group: burst
  region: eastus
traffic:
  lb: {type: haproxy, sockets: [127.0.0.1:9999], backend: web}
clusters:
  vms: {type: static_vms, addresses: [10.0.0.1:8080]}
workloads:
  web:
    cluster: vms
    signals:
      load: {query: 'sum(rate(x{app="{{workload}}"}[15s]))'}
    replica: {image: example/web, port: 8080}
    policies:
      - type: target_utilization
        replica_capacity: 10/s
    traffic: [lb]
)"};

inline FakeEnvironment azure() {
  FakeEnvironment environment;
  environment.variables = {{"AZURE_SUBSCRIPTION_ID", "00000000-0000-0000-0000-000000000000"},
                           {"AZURE_TENANT_ID", "11111111-1111-1111-1111-111111111111"},
                           {"AZURE_CLIENT_ID", "22222222-2222-2222-2222-222222222222"},
                           {"AZURE_CLIENT_SECRET", "secret"}};
  return environment;
}

inline std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const std::size_t at{text.find(from)};
  REQUIRE(at != text.npos);
  return text.replace(at, from.size(), to);
}

inline std::string errors_of(const LoadedConfig& loaded) {
  const auto* const errors{std::get_if<std::vector<ConfigError>>(&loaded)};
  return errors == nullptr ? "" : to_string(*errors);
}

inline std::string errors_of(std::string_view text, const FakeEnvironment& environment = azure()) {
  return errors_of(parse_config(text, "spillway.yaml", environment));
}

inline Config config_of(std::string_view text, const FakeEnvironment& environment = azure()) {
  LoadedConfig loaded{parse_config(text, "spillway.yaml", environment)};
  REQUIRE(errors_of(loaded) == "");
  return std::get<Config>(std::move(loaded));
}

}  // namespace spillway::usual_config
