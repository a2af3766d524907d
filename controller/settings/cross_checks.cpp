#include "controller/settings/cross_checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

#include "controller/io/endpoint.hpp"
#include "controller/provider/aci/template_rules.hpp"
#include "controller/settings/machine_size.hpp"
#include "controller/settings/query_fault.hpp"
#include "controller/settings/replica_faults.hpp"
#include "controller/settings/suggestion.hpp"
#include "controller/settings/traffic_checks.hpp"
#include "controller/settings/wording.hpp"

namespace spillway::settings {
namespace {

using Steps = std::vector<std::string_view>;

template <class T>
std::vector<std::string_view> names_of(const std::map<std::string, T>& section) {
  std::vector<std::string_view> names;
  names.reserve(section.size());
  for (const auto& entry : section) names.push_back(entry.first);
  return names;
}

bool is_loopback(std::string_view host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

/// The names between `{{` and `}}`.
std::vector<std::string_view> placeholders(std::string_view query) {
  std::vector<std::string_view> names;
  for (std::size_t at{query.find("{{")}; at != query.npos; at = query.find("{{", at)) {
    const std::size_t end{query.find("}}", at)};
    if (end == query.npos) break;
    names.push_back(query.substr(at + 2, end - at - 2));
    at = end;
  }
  return names;
}

class Checks {
 public:
  Checks(const Config& config, const Node& root, const Environment& environment,
         Complaints& complaints)
      : config_{config}, root_{root}, environment_{environment}, complaints_{complaints} {}

  void check() {
    check_act();
    check_api();
    if (config_.state.directory.empty()) {
      report({"state", "directory"}, "is empty; expected a directory that survives a restart");
    }
    if (config_.workloads.empty() && !complaints_.concern("workloads")) {
      report({"workloads"},
             "there is no workload; expected at least one, here or in an included file");
    }
    for (std::size_t i{0}; i < config_.shared_queries.size(); ++i) {
      const SignalSettings& query{config_.shared_queries[i].from};
      const std::string index{fmt::format("{}", i)};
      check_signal({"shared_queries", index}, query);
      if (!placeholders(query.query).empty()) {
        report({"shared_queries", index, "query"},
               "a shared query serves all workloads, so it has no {{placeholders}}; it is told "
               "apart by join_label");
      }
    }
    for (const auto& [name, each] : config_.traffic) {
      auto fault{file_fault(each, environment_)};
      if (fault) report({"traffic", name, fault->key}, std::move(fault->message));
    }
    for (const auto& [name, workload] : config_.workloads) check_workload(name, workload);
  }

 private:
  void report(const Steps& steps, std::string message) {
    Place place{locate(root_, steps)};
    if (!complaints_.concern(place.path)) {
      complaints_.report(place.mark, std::move(place.path), std::move(message));
    }
  }

  /// Reports `name` unless it is one of `known`, the names of the section `family`.
  void check_reference(const Steps& steps, std::string_view what, std::string_view name,
                       std::string_view family, const std::vector<std::string_view>& known) {
    if (name.empty() || complaints_.mention(family)) return;
    if (std::ranges::find(known, name) != known.end()) return;
    const auto near{nearest_word(name, known)};
    const std::string hint{near ? fmt::format("did you mean \"{}\"?", *near)
                           : known.empty()
                               ? fmt::format("\"{}\" is empty", family)
                               : fmt::format("\"{}\" has {}", family, enumerate(known))};
    report(steps, fmt::format("there is no {} {}; {}", what, quoted(name), hint));
  }

  void check_act();
  void check_api();
  void check_signal(Steps steps, const SignalSettings& signal);
  void check_own_signal(const Steps& steps, const SignalSettings& signal,
                        const WorkloadConfig& workload);
  void check_workload(const std::string& name, const WorkloadConfig& workload);
  void check_policies(const Steps& section, const WorkloadConfig& workload,
                      const std::vector<std::shared_ptr<PolicyDraft>>& policies);
  void check_signals_exist(const Steps& steps, std::string_view name,
                           const WorkloadConfig& workload, const Policy& policy);
  void check_traffic(const std::string& name, const WorkloadConfig& workload);
  void check_replica(const std::string& name, const ReplicaConfig& replica);
  void check_places(const std::string& name, const WorkloadConfig& workload);
  void report_faults(const std::string& name, const std::vector<aci::TemplateFault>& faults);

  const Config& config_;
  const Node& root_;
  const Environment& environment_;
  Complaints& complaints_;
  std::map<std::pair<std::string, std::string>, std::string> services_{};
  std::map<std::string, std::string> single_backends_{};
};

void Checks::check_act() {
  if (config_.has_virtual_node && !config_.has_provider) {
    report({"virtual_node"}, "needs a \"provider\": the system that runs its pods");
  }
  const std::vector<std::string>& open_for{config_.virtual_node.open_for};
  for (std::size_t i{0}; i < open_for.size(); ++i) {
    const std::string index{std::to_string(i)};  // the steps only look at it
    const Steps steps{"virtual_node", "open_for", index};
    check_reference(steps, "workload", open_for[i], "workloads", names_of(config_.workloads));
    if (std::find(open_for.begin(), open_for.begin() + static_cast<std::ptrdiff_t>(i),
                  open_for[i]) != open_for.begin() + static_cast<std::ptrdiff_t>(i)) {
      report(steps, fmt::format("{} is listed twice", quoted(open_for[i])));
    }
  }
  static constexpr std::string_view missing{"required in mode \"act\"; expected {}"};
  if (config_.mode != Mode::act) {
    if (config_.has_provider && config_.owner.empty()) {
      report({"owner"},
             "required with a \"provider\", whose groups are ours by it; expected a name for this "
             "controller, such as my-cluster");
    }
    return;
  }
  if (config_.owner.empty()) {
    report({"owner"}, fmt::format(missing, "a name for this controller, such as my-cluster"));
  }
  for (const auto& [name, workload] : config_.workloads) {
    if (workload.replica.replica.image.empty() && !workload.replica.from_cluster) {
      report({"workloads", name, "replica", "image"},
             fmt::format(missing, "the container image of a burst replica"));
    }
  }
  if (!config_.has_provider) {
    report({"provider"}, fmt::format(missing, "the system that runs burst groups"));
    return;
  }
  const auto* const azure{std::get_if<aci::AciSettings>(&config_.provider.settings)};
  if (azure == nullptr || complaints_.concern("provider")) return;
  const auto variable{[this](std::string_view name) { return environment_.variable(name); }};
  for (std::string& sentence : aci::missing_settings(aci::with_environment(*azure, variable))) {
    const Place place{locate(root_, {"provider"})};
    complaints_.report(place.mark, place.path, std::move(sentence));
  }
}

void Checks::check_api() {
  const ApiConfig& api{config_.api};
  const auto endpoint{io::parse_endpoint(api.listen, true)};
  if (!endpoint || is_loopback(endpoint->host)) return;
  std::vector<std::string_view> missing;
  if (api.tls_certificate.empty()) missing.push_back("tls_certificate");
  if (api.tls_key.empty()) missing.push_back("tls_key");
  if (api.token.empty()) missing.push_back("token");
  if (missing.empty()) return;
  report({"api", "listen"},
         fmt::format("{} can be reached from other machines, which needs TLS and a token; missing "
                     "in \"api\": {}",
                     quoted(api.listen), enumerate(missing)));
}

void Checks::check_signal(Steps steps, const SignalSettings& signal) {
  const auto sources{names_of(config_.metric_sources)};
  Steps source{steps};
  source.push_back("source");
  if (!signal.source.empty()) {
    check_reference(source, "metric source", signal.source, "metric_sources", sources);
  } else if (sources.size() != 1 && !complaints_.mention("metric_sources")) {
    report(source, sources.empty() ? std::string{"there is no metric source to ask; add one to "
                                                 "\"metric_sources\""}
                                   : fmt::format("which source? \"metric_sources\" has {}",
                                                 enumerate(sources)));
  }
  if (auto fault{query_fault(config_, signal)}) {
    Steps query{steps};
    query.push_back("query");
    report(query, std::move(*fault));
  }
  if (signal.stale_after < config_.interval) {
    steps.push_back("stale_after");
    report(steps, fmt::format("{} is shorter than the interval of {}: a reading would be too old "
                              "before the next one; expected at least {}",
                              spillway::to_string(signal.stale_after),
                              spillway::to_string(config_.interval),
                              spillway::to_string(config_.interval)));
  }
}

/// One with placeholders, which the workload's labels replace.
void Checks::check_own_signal(const Steps& steps, const SignalSettings& signal,
                              const WorkloadConfig& workload) {
  check_signal(steps, signal);
  Steps query{steps};
  query.push_back("query");
  for (const std::string_view label : placeholders(signal.query)) {
    if (label == "workload" || workload.labels.contains(std::string{label})) continue;
    report(query,
           fmt::format("uses {{{{{0}}}}}, but the workload has no label {1}; add it to \"labels\"",
                       label, quoted(label)));
  }
}

void Checks::check_workload(const std::string& name, const WorkloadConfig& workload) {
  if (!is_workload_name(name)) {
    report({"workloads", name},
           "a workload's name must have 1 to 40 lower case letters, digits or single hyphens and "
           "begin with a letter: it becomes part of tags, labels and host names");
  }
  check_reference({"workloads", name, "cluster"}, "cluster", workload.cluster, "clusters",
                  names_of(config_.clusters));
  const auto cluster{config_.clusters.find(workload.cluster)};
  if (workload.replica.from_cluster && cluster != config_.clusters.end() &&
      !describes_replicas(cluster->second)) {
    report({"workloads", name, "replica", "from_cluster"},
           fmt::format("the cluster {} is of a type that does not say what its replicas look like; "
                       "write \"image\" and what else it needs here",
                       quoted(workload.cluster)));
  }
  for (const auto& [signal, settings] : workload.signals) {
    check_own_signal({"workloads", name, "signals", signal}, settings, workload);
  }
  if (workload.replica.has_busy) {
    check_own_signal({"workloads", name, "replica", "busy"}, workload.replica.busy.from, workload);
  }
  const std::string& service{workload.service.empty() ? name : workload.service};
  const auto [other, is_new]{services_.emplace(std::pair{workload.cluster, service}, name)};
  if (!is_new) {
    report({"workloads", name, "service"},
           fmt::format("the workload {} already looks after {} on this cluster",
                       quoted(other->second), quoted(service)));
  }
  if (workload.trust.fallback_replicas > workload.limits.max_total) {
    report({"workloads", name, "trust", "fallback_replicas"},
           fmt::format("{} can never be reached: limits.max_total is {}",
                       workload.trust.fallback_replicas, workload.limits.max_total));
  }
  check_policies({"workloads", name}, workload, workload.policies);
  if (workload.has_shadow) {
    check_policies({"workloads", name, "shadow"}, workload, workload.shadow.policies);
  }
  check_traffic(name, workload);
  check_replica(name, workload.replica);
  check_places(name, workload);
}

void Checks::check_policies(const Steps& section, const WorkloadConfig& workload,
                            const std::vector<std::shared_ptr<PolicyDraft>>& policies) {
  std::set<std::string, std::less<>> names;
  for (std::size_t i{0}; i < policies.size(); ++i) {
    if (!policies[i]) continue;
    const std::string index{fmt::format("{}", i)};
    Steps steps{section};
    steps.insert(steps.end(), {"policies", index});
    const auto policy{policies[i]->build()};
    check_signals_exist(steps, section[1], workload, *policy);
    if (auto fault{machine_size_fault(config_, workload, *policies[i])}) {
      Steps place{steps};
      place.insert(place.end(), fault->steps.begin(), fault->steps.end());
      report(place, std::move(fault->message));
    }
    if (names.emplace(policy->name()).second) continue;
    steps.push_back("type");
    report(steps, policies[i]->type() == policy->name()
                      ? fmt::format("there is a policy of type {} already; one of each type is "
                                    "allowed",
                                    quoted(policy->name()))
                      : fmt::format("there is a policy {} already; scripts are told apart by the "
                                    "names of their files",
                                    quoted(policy->name())));
  }
}

void Checks::check_signals_exist(const Steps& steps, std::string_view name,
                                 const WorkloadConfig& workload, const Policy& policy) {
  const std::string path{locate(root_, {"workloads", name}).path};
  if (complaints_.concern(path + ".signals") || complaints_.concern("shared_queries")) return;
  if (complaints_.concern(locate(root_, steps).path)) return;
  std::vector<std::string_view> provided{names_of(workload.signals)};
  for (const SharedQuerySettings& query : config_.shared_queries) provided.push_back(query.signal);
  for (const std::string& signal : policy.signals()) {
    if (std::ranges::find(provided, signal) != provided.end()) continue;
    const auto near{nearest_word(signal, provided)};
    report(steps,
           fmt::format("reads the signal {}, which is neither in \"signals\" of the workload "
                       "nor in \"shared_queries\"; {}",
                       quoted(signal),
                       near               ? fmt::format("did you mean \"{}\"?", *near)
                       : provided.empty() ? "there are no signals at all"
                                          : "there is " + enumerate(provided)));
  }
}

void Checks::check_traffic(const std::string& name, const WorkloadConfig& workload) {
  std::set<std::string_view> seen;
  for (std::size_t i{0}; i < workload.traffic.size(); ++i) {
    const std::string& target{workload.traffic[i]};
    const std::string index{fmt::format("{}", i)};
    const Steps steps{"workloads", name, "traffic", index};
    check_reference(steps, "traffic", target, "traffic", names_of(config_.traffic));
    if (!seen.insert(target).second)
      report(steps, fmt::format("{} is listed twice", quoted(target)));
    const auto found{config_.traffic.find(target)};
    if (found == config_.traffic.end()) continue;
    const auto single{single_target(found->second)};
    if (!single) continue;
    const auto [other, is_new]{single_backends_.emplace(target, name)};
    if (!is_new && other->second != name) {
      report(steps,
             fmt::format("{} {} already serves the workload {}; write \"{{{{workload}}}}\" into "
                         "traffic.{}.{}, or add a section for each workload",
                         single->thing, quoted(single->value), quoted(other->second), target,
                         single->key));
    }
  }
}

void Checks::check_replica(const std::string& name, const ReplicaConfig& config) {
  const auto workload{config_.workloads.find(name)};
  const bool has_traffic{workload != config_.workloads.end() && !workload->second.traffic.empty()};
  if (config.has_busy && has_traffic) {
    report(
        {"workloads", name, "replica", "busy"},
        "is for workers, and this workload has \"traffic\": its balancers say what is in flight; "
        "take out one of the two, or use \"idle\", which a replica with traffic may have");
  }
  const auto* const azure{
      config_.has_provider ? std::get_if<aci::AciSettings>(&config_.provider.settings) : nullptr};
  if (azure != nullptr) report_faults(name, replica_faults(config, *azure));
}

/// What the places of the provider, and the standby pool in the first regular one, can give.
void Checks::check_places(const std::string& name, const WorkloadConfig& workload) {
  const auto* const azure{
      config_.has_provider ? std::get_if<aci::AciSettings>(&config_.provider.settings) : nullptr};
  if (azure == nullptr || complaints_.concern("provider")) return;
  std::set<std::string> regions;  // whose groups would use the workload's own subnet
  for (const aci::PlaceSettings& each : aci::resolved_places(*azure)) {
    if (each.subnet_id.empty()) regions.insert(each.region);
  }
  bool has_regular{false};
  for (const spillway::Place& place : aci::places(*azure)) {
    has_regular = has_regular || place.priority == Priority::regular;
  }
  if (!workload.traffic.empty() && !has_regular) {
    report({"workloads", name, "traffic"},
           "every place of the provider is Spot, whose groups have no address: nothing can be sent "
           "there; add a regular place, or leave \"traffic\" out for a worker");
  }
  if (!workload.replica.idle_path.empty() && !has_regular) {
    report({"workloads", name, "replica", "idle"},
           "every place of the provider is Spot, whose groups have no address: nobody can ask them "
           "whether they are idle, and each would be paid for until `lifecycle.drain_deadline` and "
           "then killed; leave \"idle\" out, or add a regular place");
  }
  if (!workload.replica.replica.subnet_id.empty() && regions.size() > 1) {
    report({"workloads", name, "replica", "subnet_id"},
           fmt::format("a subnet is in one region, and {} of the provider's places name none of "
                       "their own: the groups in the others would be refused; set "
                       "provider.places[].subnet_id",
                       regions.size()));
  }
  const StandbySettings& standby{workload.standby};
  const int warm{standby.sizing == StandbySizing::fixed ? standby.size : standby.max};
  if (warm == 0) return;
  if (!has_regular) {
    report({"workloads", name, "standby"},
           "every place of the provider is Spot, and Spot groups come from no standby pool; leave "
           "\"standby\" out, or add a regular place");
  }
  report_faults(name, aci::standby_faults(workload.replica.replica));
}

void Checks::report_faults(const std::string& name, const std::vector<aci::TemplateFault>& faults) {
  for (const aci::TemplateFault& fault : faults) {
    Steps steps{"workloads", name, "replica"};
    steps.insert(steps.end(), fault.path.begin(), fault.path.end());
    report(steps, fault.message);
  }
}

}  // namespace

bool is_workload_name(std::string_view text) {
  const auto is_letter{[](char c) { return c >= 'a' && c <= 'z'; }};
  return !text.empty() && text.size() <= 40 && is_letter(text.front()) && !text.ends_with('-') &&
         text.find("--") == text.npos && std::ranges::all_of(text, [&](char c) {
           return is_letter(c) || (c >= '0' && c <= '9') || c == '-';
         });
}

void check_config(const Config& config, const Node& root, const Environment& environment,
                  Complaints& complaints) {
  Checks{config, root, environment, complaints}.check();
}

}  // namespace spillway::settings
