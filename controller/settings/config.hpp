// The whole configuration as values, read once and swapped as a whole by a reload. Plain data: what
// is built from it is wiring's business, what it means is said by `describe`.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "controller/core/fields.hpp"
#include "controller/core/mode.hpp"
#include "controller/core/units.hpp"
#include "controller/io/log.hpp"
#include "controller/settings/families.hpp"
#include "controller/settings/workload_config.hpp"
#include "controller/virtual_node/settings.hpp"
#include "metrics/signal_settings.hpp"
#include "policies/combine/allocator.hpp"

namespace spillway::settings {

struct StateConfig {
  std::string directory{"/var/lib/spillway"};
  Duration retention{std::chrono::hours{24 * 30}};
  /// A decision that repeats the last one is journalled this often all the same.
  Duration journal_heartbeat{std::chrono::minutes{5}};
};

struct ApiConfig {
  std::string listen{"127.0.0.1:9900"};
  std::string tls_certificate{};  ///< file, PEM
  std::string tls_key{};          ///< file, PEM
  std::string token{};            ///< secret; empty: none is asked for
};

struct LogConfig {
  io::LogLevel level{io::LogLevel::info};
  io::LogFormat format{io::LogFormat::automatic};
};

/// What SIGTERM does to the burst groups.
enum class OnStop { leave, drain };

struct Config {
  Mode mode{Mode::observe};
  std::string owner{};
  Duration interval{std::chrono::seconds{5}};
  /// Our groups without a record are removed after this; the bound on what a crash can leak.
  Duration reap_after{std::chrono::minutes{10}};
  OnStop on_stop{OnStop::leave};
  Duration drain_on_stop_limit{std::chrono::minutes{10}};
  StateConfig state{};
  ApiConfig api{};
  LogConfig log{};
  std::vector<std::string> include{};  ///< as written; their workloads are in `workloads`
  std::map<std::string, MetricSourceConfig> metric_sources{};
  std::vector<SharedQuerySettings> shared_queries{};
  bool has_provider{false};
  ProviderConfig provider{};
  std::map<std::string, TrafficConfig> traffic{};
  std::map<std::string, ClusterConfig> clusters{};
  AllocatorSettings allocator{};
  bool has_virtual_node{false};
  virtual_node::Settings virtual_node{};
  std::map<std::string, WorkloadConfig> workloads{};
};

void describe(Fields& fields, Config& config);

/// What an included file may contain: workloads.
void describe_included(Fields& fields, Config& config);

/// The configuration as it applies, defaults included, as YAML; secrets are `***`.
std::string effective_yaml(const Config& config);
/// The same for one workload: what the journal keeps to replay a decision.
std::string effective_yaml(const WorkloadConfig& config);

/// `spillway schema` and `spillway schema --markdown`.
std::string config_schema();
std::string config_reference();

}  // namespace spillway::settings
