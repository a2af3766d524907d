#include "controller/cluster/marathon/pool.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace spillway::marathon {

namespace {

constexpr double bytes_per_mib{1024.0 * 1024.0};
constexpr double bytes_per_gb{1e9};

/// Whole seconds of at least one and at most an hour, as probes have them.
Duration probe_time(double seconds) {
  return std::chrono::seconds{static_cast<int>(std::clamp(std::ceil(seconds), 1.0, 3600.0))};
}

class Deriving {
 public:
  Deriving(const App& app, const Settings& settings) : app_{app}, settings_{settings} {}

  DerivedReplica take() {
    result_.replica.image = app_.image;
    if (app_.image.empty()) leave_out("image", "the app runs without one; write `replica.image`");
    take_command();
    take_environment();
    result_.vcpu = app_.cpus > 0.0 ? std::optional{app_.cpus} : std::nullopt;
    result_.memory_gb = app_.memory_mib * bytes_per_mib / bytes_per_gb;
    if (app_.gpus > 0) leave_out("gpus", "a container group has none");
    take_ports();
    for (const HealthCheck& check : app_.health_checks) take_health_check(check);
    for (const std::string& path : app_.volumes) {
      leave_out("volume " + path, "it lives on an agent; write `replica.mounts`");
    }
    if (app_.has_container_network) {
      leave_out("networks",
                "a burst replica joins none of the cluster's networks: what it talks to "
                "must be reachable from outside");
    }
    for (const std::string& field : app_.other) {
      leave_out(field, "a container group has no counterpart for it");
    }
    return std::move(result_);
  }

 private:
  void leave_out(std::string_view what, std::string_view why) {
    result_.left_out.push_back(fmt::format("{}: {}", what, why));
  }

  void take_command() {
    if (!app_.command.empty()) {
      result_.replica.command = {"/bin/sh", "-c", app_.command};
    } else if (!app_.args.empty()) {
      leave_out("args",
                "they go to the image's entry point, which Marathon does not know; write "
                "`replica.command`");
    }
  }

  void take_environment() {
    result_.replica.env = app_.env;
    for (const auto& [variable, name] : app_.env_secrets) {
      const auto source{app_.secret_sources.find(name)};
      const std::string& key{source == app_.secret_sources.end() ? name : source->second};
      const auto content{settings_.secrets.find(key)};
      if (content == settings_.secrets.end()) {
        leave_out("secret " + key,
                  "Marathon does not hand out its content; give it under `secrets` of the cluster");
      } else {
        result_.replica.secure_env[variable] = content->second;
      }
    }
  }

  /// With host networking the port is another one on each agent, so that none is taken over.
  void take_ports() {
    for (const int port : app_.container_ports) {
      if (!result_.port) {
        result_.port = port;
      } else if (port != *result_.port) {
        result_.replica.more_ports.push_back(port);
      }
    }
  }

  void take_health_check(const HealthCheck& check) {
    std::string_view protocol{check.protocol};
    constexpr std::string_view by_mesos{"MESOS_"};
    if (protocol.starts_with(by_mesos)) protocol.remove_prefix(by_mesos.size());
    const auto index{static_cast<std::size_t>(check.port_index)};
    const int port{check.port > 0                        ? check.port
                   : index < app_.container_ports.size() ? app_.container_ports[index]
                                                         : 0};
    ContainerProbe probe{};
    if (protocol == "HTTP" || protocol == "HTTPS") {
      const std::string path{check.path.empty() ? "/" : check.path};
      const bool is_on_main_port{port == 0 || port == result_.port};
      probe.is_https = protocol == "HTTPS";
      if (is_on_main_port && result_.probe_path.empty()) {
        result_.probe_path = path;
        result_.is_probe_https = probe.is_https;
      }
      probe.path = path;
      probe.port = port;
    } else if (protocol == "COMMAND" && !check.command.empty()) {
      probe.command = {"/bin/sh", "-c", check.command};
    } else {
      return;  // TCP: our own probe connects by itself
    }
    if (result_.replica.liveness) return leave_out("second health check", "a group has one");
    probe.initial_delay = probe_time(check.grace_s);
    probe.period = probe_time(check.interval_s);
    probe.timeout = probe_time(check.timeout_s);
    probe.failure_threshold = std::clamp(check.failures_max, 1, 100);
    result_.replica.liveness = std::move(probe);
  }

  const App& app_;
  const Settings& settings_;
  DerivedReplica result_{};
};

}  // namespace

BasePool pool_of(const App& app, const Listing& listing, Duration offers_within) {
  BasePool pool{};
  const int ready{app.has_health_checks() ? app.healthy : app.running};
  const int unready{app.has_health_checks() ? app.running - app.healthy - app.unhealthy : 0};
  pool.ready.count = ready;
  pool.starting.count = app.staged + std::max(0, unready);
  pool.desired.count = app.instances;
  const auto queued{listing.queue.find(app.id)};
  const bool finds_none{queued != listing.queue.end() && queued->second.waits_for_offers &&
                        queued->second.waited >= offers_within};
  if (finds_none) pool.pending.count = queued->second.count;
  pool.is_rolling = listing.restarting.contains(app.id);
  return pool;
}

DerivedReplica derived_replica(const App& app, const Settings& settings) {
  return Deriving{app, settings}.take();
}

}  // namespace spillway::marathon
