// How the settings of a burst replica and the cluster's description of its own make one template.
#include <algorithm>
#include <cmath>
#include <utility>

#include "controller/settings/replica_config.hpp"

namespace spillway::settings {
namespace {

using Texts = std::map<std::string, std::string>;

template <class T>
void fill(T& given, const T& derived) {
  if (given == T{}) given = derived;
}

/// The settings win by name, whether they call a variable secret or not.
void fill_environment(ReplicaTemplate& given, const ReplicaTemplate& derived) {
  const auto is_given{[&given](const std::string& name) {
    return given.env.contains(name) || given.secure_env.contains(name);
  }};
  Texts plain{};
  Texts secure{};
  for (const auto& [name, value] : derived.env) {
    if (!is_given(name)) plain.emplace(name, value);
  }
  for (const auto& [name, value] : derived.secure_env) {
    if (!is_given(name)) secure.emplace(name, value);
  }
  given.env.merge(plain);
  given.secure_env.merge(secure);
}

/// Up, so that a burst replica never has less than a base replica; the small subtraction keeps 0.3,
/// which is not 0.3 in binary, from becoming 0.31.
double rounded_up(double value, double steps_per_unit) {
  return std::ceil(value * steps_per_unit - 1e-9) / steps_per_unit;
}

/// What a cluster's description leaves to others (a container without requests) or writes in steps
/// that Azure does not know: each container gets at least what Azure gives one, and the main one
/// something beside its sidecars.
void fill_size(ReplicaConfig& config, const DerivedReplica& derived) {
  constexpr double main_vcpu_min{0.1};
  constexpr double memory_gb_min{0.1};
  double sidecars_vcpu{0.0};
  double sidecars_memory_gb{0.0};
  const bool are_described{config.replica.sidecars == derived.replica.sidecars};
  for (Sidecar& each : config.replica.sidecars) {
    if (are_described) each.vcpu = std::max(0.01, rounded_up(each.vcpu, 100.0));
    if (are_described) each.memory_gb = std::max(memory_gb_min, each.memory_gb);
    sidecars_vcpu += each.vcpu;
    sidecars_memory_gb += each.memory_gb;
  }
  if (!config.given.vcpu && derived.vcpu) {
    config.size.vcpu = std::max(sidecars_vcpu + main_vcpu_min, rounded_up(*derived.vcpu, 100.0));
  }
  if (!config.given.memory && derived.memory_gb) {
    config.size.memory_gb =
        rounded_up(std::max(sidecars_memory_gb + memory_gb_min, *derived.memory_gb), 10.0);
  }
}

/// A path of the settings is meant for the port of the settings. At a port that is not published
/// nothing can be asked from outside: there a connection to the main one has to be enough.
void fill_probe(ReplicaConfig& config, const DerivedReplica& derived) {
  if (!config.probe.path.empty()) return;
  const ReplicaTemplate& given{config.replica};
  const auto& more{given.more_ports};
  const int port{derived.probe_port == given.port ? 0 : derived.probe_port};
  const bool is_published{port == 0 || std::ranges::find(more, port) != more.end()};
  if (!is_published) return;
  config.probe.path = derived.probe_path;
  config.probe.is_https = derived.is_probe_https;
  config.probe.port = port;
}

}  // namespace

ReplicaConfig filled_in(ReplicaConfig config, const DerivedReplica& derived) {
  ReplicaTemplate& given{config.replica};
  const ReplicaTemplate& described{derived.replica};
  fill(given.image, described.image);
  fill(given.command, described.command);
  fill_environment(given, described);
  if (!config.given.port && derived.port) given.port = *derived.port;
  fill(given.more_ports, described.more_ports);
  std::erase(given.more_ports, given.port);
  fill(given.liveness, described.liveness);
  fill(given.readiness, described.readiness);
  // Mounts name volumes, so those of one side go together.
  if (given.mounts.empty()) {
    given.mounts = described.mounts;
    for (const auto& [name, volume] : described.volumes) given.volumes.try_emplace(name, volume);
  }
  fill(given.sidecars, described.sidecars);
  fill(given.init_containers, described.init_containers);
  if (given.restart == RestartPolicy::always) given.restart = described.restart;
  const bool names_no_registry{given.registry_server.empty() && given.registry_identity.empty()};
  if (names_no_registry) {
    given.registry_server = described.registry_server;
    given.registry_username = described.registry_username;
    given.registry_password = described.registry_password;
  }
  fill_probe(config, derived);
  fill_size(config, derived);
  return config;
}

}  // namespace spillway::settings
