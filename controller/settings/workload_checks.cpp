#include "controller/settings/workload_checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "controller/settings/policy_checks.hpp"
#include "controller/settings/provider_checks.hpp"
#include "controller/settings/signal_checks.hpp"
#include "controller/settings/traffic_checks.hpp"

namespace spillway::settings {

bool is_workload_name(std::string_view text) {
  const auto is_letter{[](char c) { return c >= 'a' && c <= 'z'; }};
  return !text.empty() && text.size() <= 40 && is_letter(text.front()) && !text.ends_with('-') &&
         text.find("--") == text.npos && std::ranges::all_of(text, [&](char c) {
           return is_letter(c) || (c >= '0' && c <= '9') || c == '-';
         });
}

void WorkloadChecks::check(const std::string& name, const WorkloadConfig& workload) {
  if (!is_workload_name(name)) {
    context_.report(
        {"workloads", name},
        "a workload's name must have 1 to 40 lower case letters, digits or single hyphens and "
        "begin with a letter: it becomes part of tags, labels and host names");
  }
  check_cluster(name, workload);
  for (const auto& [signal, settings] : workload.signals) {
    check_own_signal(context_, {"workloads", name, "signals", signal}, settings, workload);
  }
  if (workload.replica.has_busy) {
    check_own_signal(context_, {"workloads", name, "replica", "busy"}, workload.replica.busy.from,
                     workload);
  }
  check_service(name, workload);
  if (workload.trust.fallback_replicas > workload.limits.max_total) {
    context_.report({"workloads", name, "trust", "fallback_replicas"},
                    fmt::format("{} can never be reached: limits.max_total is {}",
                                workload.trust.fallback_replicas, workload.limits.max_total));
  }
  check_policies(context_, {"workloads", name}, workload, workload.policies);
  check_test_readings(context_, name, workload);
  if (workload.has_shadow) {
    check_policies(context_, {"workloads", name, "shadow"}, workload, workload.shadow.policies);
  }
  check_traffic(name, workload);
  if (workload.replica.has_busy && !workload.traffic.empty()) {
    context_.report(
        {"workloads", name, "replica", "busy"},
        "is for workers, and this workload has \"traffic\": its balancers say what is in flight; "
        "take out one of the two, or use \"idle\", which a replica with traffic may have");
  }
  check_provider(context_, name, workload);
}

void WorkloadChecks::check_cluster(const std::string& name, const WorkloadConfig& workload) {
  context_.check_reference({"workloads", name, "cluster"}, "cluster", workload.cluster, "clusters",
                           names_of(context_.config.clusters));
  const auto cluster{context_.config.clusters.find(workload.cluster)};
  if (workload.replica.from_cluster && cluster != context_.config.clusters.end() &&
      !describes_replicas(cluster->second)) {
    context_.report(
        {"workloads", name, "replica", "from_cluster"},
        fmt::format("the cluster {} is of a type that does not say what its replicas look like; "
                    "write \"image\" and what else it needs here",
                    quoted(workload.cluster)));
  }
}

void WorkloadChecks::check_service(const std::string& name, const WorkloadConfig& workload) {
  const std::string& service{workload.service.empty() ? name : workload.service};
  const auto [other, is_new]{services_.emplace(std::pair{workload.cluster, service}, name)};
  if (!is_new) {
    context_.report({"workloads", name, "service"},
                    fmt::format("the workload {} already looks after {} on this cluster",
                                quoted(other->second), quoted(service)));
  }
}

void WorkloadChecks::check_traffic(const std::string& name, const WorkloadConfig& workload) {
  std::set<std::string_view> seen;
  for (std::size_t i{0}; i < workload.traffic.size(); ++i) {
    const std::string& target{workload.traffic[i]};
    const std::string index{fmt::format("{}", i)};
    const Steps steps{"workloads", name, "traffic", index};
    context_.check_reference(steps, "traffic", target, "traffic",
                             names_of(context_.config.traffic));
    if (!seen.insert(target).second)
      context_.report(steps, fmt::format("{} is listed twice", quoted(target)));
    const auto found{context_.config.traffic.find(target)};
    if (found == context_.config.traffic.end()) continue;
    const auto single{single_target(found->second)};
    if (!single) continue;
    const auto [other, is_new]{single_backends_.emplace(target, name)};
    if (!is_new && other->second != name) {
      context_.report(
          steps,
          fmt::format("{} {} already serves the workload {}; write \"{{{{workload}}}}\" into "
                      "traffic.{}.{}, or add a section for each workload",
                      single->thing, quoted(single->value), quoted(other->second), target,
                      single->key));
    }
  }
}

}  // namespace spillway::settings
