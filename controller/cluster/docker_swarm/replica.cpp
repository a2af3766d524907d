#include "controller/cluster/docker_swarm/replica.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace spillway::docker_swarm {

namespace {

constexpr double nano_cpus_per_vcpu{1e9};
constexpr double bytes_per_gb{1e9};
/// What Docker does where a health check leaves something out (moby `daemon/health.go`).
constexpr Duration usual_period{std::chrono::seconds{30}};
constexpr int usual_retries{3};

class Deriving {
 public:
  Deriving(const TaskSpec& task, const Settings& settings) : task_{task}, settings_{settings} {}

  DerivedReplica take(const std::vector<PortSpec>& ports, const Entrypoint& entrypoint) {
    result_.replica.image = pinned_image(task_.image);
    take_command(entrypoint);
    take_environment();
    take_resources();
    take_ports(ports);
    take_healthcheck();
    take_mounts();
    take_secrets();
    take_restart();
    name_the_rest();
    return std::move(result_);
  }

 private:
  void leave_out(std::string_view what, std::string_view why) {
    result_.left_out.push_back(fmt::format("{}: {}", what, why));
  }

  /// Docker fills in {{.Task.Slot}} and its like for each task; nobody does for a burst replica.
  static bool has_placeholder(std::string_view text) { return text.find("{{") != text.npos; }

  void take_command(const Entrypoint& entrypoint) {
    std::vector<std::string> words{task_.command};
    if (words.empty() && !task_.args.empty()) {
      if (!entrypoint) {
        return leave_out("arguments",
                         "they go to the image's entry point, which this Docker Engine does not "
                         "know; write `replica.command`");
      }
      words = *entrypoint;
    }
    words.insert(words.end(), task_.args.begin(), task_.args.end());
    result_.replica.command = std::move(words);
  }

  void take_environment() {
    for (const std::string& each : task_.env) {
      const auto at{each.find('=')};
      const std::string name{each.substr(0, at)};
      const std::string value{at == each.npos ? "" : each.substr(at + 1)};
      if (name.empty()) continue;
      if (has_placeholder(value)) {
        leave_out("environment " + name, "Docker fills it in for each task");
        continue;
      }
      const bool is_secret{std::ranges::any_of(
          settings_.secure_env, [&](const std::string& rule) { return matches(rule, name); })};
      (is_secret ? result_.replica.secure_env : result_.replica.env)[name] = value;
    }
  }

  void take_resources() {
    const auto take{[](std::int64_t limit, std::int64_t reserved, double unit) {
      const std::int64_t given{limit > 0 ? limit : reserved};
      return given > 0 ? std::optional{static_cast<double>(given) / unit} : std::nullopt;
    }};
    result_.vcpu = take(task_.limits.nano_cpus, task_.reservations.nano_cpus, nano_cpus_per_vcpu);
    result_.memory_gb =
        take(task_.limits.memory_bytes, task_.reservations.memory_bytes, bytes_per_gb);
  }

  void take_ports(const std::vector<PortSpec>& ports) {
    for (const PortSpec& port : ports) {
      if (port.target < 1 || port.target > 65535) continue;
      if (port.protocol != "tcp") {
        leave_out(fmt::format("port {}/{}", port.target, port.protocol), "only TCP is published");
      } else if (!result_.port) {
        result_.port = port.target;
      } else if (port.target != *result_.port) {
        auto& more{result_.replica.more_ports};
        if (std::ranges::find(more, port.target) == more.end()) more.push_back(port.target);
      }
    }
  }

  void take_healthcheck() {
    if (!task_.healthcheck || task_.healthcheck->test.empty()) return;
    const Healthcheck& check{*task_.healthcheck};
    ContainerProbe probe{};
    const std::string& how{check.test.front()};
    if (how == "NONE") return;
    if (how == "CMD") {
      probe.command.assign(check.test.begin() + 1, check.test.end());
    } else if (how == "CMD-SHELL" && check.test.size() > 1) {
      probe.command = {"/bin/sh", "-c", check.test[1]};
    }
    if (probe.command.empty()) return leave_out("health check", "of a kind that is not known");
    const auto seconds_of{[](std::int64_t nanoseconds, Duration otherwise) {
      if (nanoseconds <= 0) return otherwise;
      const std::chrono::nanoseconds exact{nanoseconds};
      return std::max<Duration>(std::chrono::seconds{1},
                                std::chrono::ceil<std::chrono::seconds>(exact));
    }};
    probe.period = seconds_of(check.interval_ns, usual_period);
    probe.timeout = seconds_of(check.timeout_ns, usual_period);
    probe.initial_delay = seconds_of(check.start_period_ns, Duration::zero());
    probe.failure_threshold = check.retries > 0 ? std::min(check.retries, 100) : usual_retries;
    result_.replica.liveness = std::move(probe);
  }

  void take_mounts() {
    int scratch{0};
    for (const MountSpec& mount : task_.mounts) {
      if (mount.type == "tmpfs") {
        const std::string name{fmt::format("scratch-{}", ++scratch)};
        result_.replica.volumes[name] = Volume{EmptyDirVolume{}};
        result_.replica.mounts.push_back({.volume = name, .path = mount.target});
        continue;
      }
      leave_out("mount " + mount.target, mount.type == "bind"
                                             ? "a directory of one machine; write `replica.mounts`"
                                             : "a volume of the cluster; write `replica.mounts`");
    }
  }

  void take_secrets() {
    SecretVolume files{};
    for (const FileReference& secret : task_.secrets) {
      const auto content{settings_.secrets.find(secret.name)};
      if (content == settings_.secrets.end()) {
        leave_out("secret " + secret.name,
                  "Docker does not hand out its content; give it under `secrets` of the cluster");
      } else if (settings_.secrets_as == SecretsAs::env) {
        result_.replica.secure_env[variable_name(secret.target)] = content->second;
      } else if (secret.target.find('/') != std::string::npos) {
        leave_out("secret " + secret.name, "outside /run/secrets; write `replica.mounts`");
      } else {
        files.files[secret.target] = content->second;
      }
    }
    for (const FileReference& config : task_.configs) {
      leave_out("config " + config.name, "a file in the image's own tree; write `replica.mounts`");
    }
    if (files.files.empty()) return;
    result_.replica.volumes["docker-secrets"] = Volume{std::move(files)};
    result_.replica.mounts.push_back(
        {.volume = "docker-secrets", .path = "/run/secrets", .is_read_only = true});
  }

  static std::string variable_name(std::string_view target) {
    std::string name{target};
    for (char& c : name) {
      const bool is_lower{c >= 'a' && c <= 'z'};
      const bool is_other{(c < 'A' || c > 'Z') && (c < '0' || c > '9')};
      if (is_lower) {
        c = static_cast<char>(c - 'a' + 'A');
      } else if (is_other) {
        c = '_';
      }
    }
    return name;
  }

  void take_restart() {
    if (task_.restart_condition == "none") result_.replica.restart = RestartPolicy::never;
    if (task_.restart_condition == "on-failure") {
      result_.replica.restart = RestartPolicy::on_failure;
    }
  }

  void name_the_rest() {
    if (!task_.networks.empty()) {
      leave_out("networks",
                "a burst replica joins none of the cluster's networks: what it talks to "
                "must be reachable from outside");
    }
    for (const std::string& field : task_.other) {
      leave_out(field, "a container group has no counterpart for it");
    }
  }

  const TaskSpec& task_;
  const Settings& settings_;
  DerivedReplica result_{};
};

}  // namespace

DerivedReplica derived_replica(const TaskSpec& task, const std::vector<PortSpec>& ports,
                               const Settings& settings, const Entrypoint& entrypoint) {
  return Deriving{task, settings}.take(ports, entrypoint);
}

std::string pinned_image(std::string_view image) {
  const auto digest{image.find('@')};
  if (digest == image.npos) return std::string{image};
  std::string_view name{image.substr(0, digest)};
  // A colon before the last slash belongs to the registry's port.
  const auto colon{name.rfind(':')};
  const auto slash{name.rfind('/')};
  const bool has_tag{colon != name.npos && (slash == name.npos || colon > slash)};
  if (has_tag) name = name.substr(0, colon);
  return std::string{name} + std::string{image.substr(digest)};
}

bool matches(std::string_view pattern, std::string_view text) {
  // Greedy with one point to return to: linear in practice, never exponential.
  std::size_t p{0};
  std::size_t t{0};
  std::size_t star{std::string_view::npos};
  std::size_t resume{0};
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

}  // namespace spillway::docker_swarm
