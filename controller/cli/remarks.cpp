#include "controller/cli/remarks.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <set>
#include <string_view>
#include <utility>
#include <variant>

#include "controller/cluster/kubernetes/settings.hpp"
#include "controller/cluster/static_vms/settings.hpp"
#include "controller/kubernetes/access.hpp"
#include "controller/provider/aci/aci_settings.hpp"
#include "controller/provider/aci/azure_regions.hpp"
#include "controller/settings/machine_size.hpp"
#include "controller/settings/suggestion.hpp"
#include "controller/settings/value_parsers.hpp"
#include "controller/settings/values_by_path.hpp"
#include "controller/traffic/endpoint_slice/settings.hpp"
#include "controller/wiring/wiring.hpp"
#include "metrics/file/file_settings.hpp"
#include "policies/cost/budget.hpp"

namespace spillway::cli {
namespace {

std::optional<std::string> remark_on_name(const std::string& region) {
  if (std::ranges::find(aci::azure_regions, region) != aci::azure_regions.end())
    return std::nullopt;
  const auto meant{settings::nearest_word(region, aci::azure_regions)};
  return fmt::format("region {}: not a region of Azure that this version knows{}", region,
                     meant ? fmt::format("; did you mean \"{}\"?", *meant) : "");
}

/// By a quote, or because a person wrote it down.
bool has_price(const aci::AciSettings& settings, const Place& place, const aci::PriceBook& book) {
  const aci::AciSettings usual{};
  if (settings.vcpu_price != usual.vcpu_price) return true;
  if (settings.memory_gb_price != usual.memory_gb_price) return true;
  if (book.find(place.region, aci::price_kind({}, place))) return true;
  return std::ranges::any_of(aci::resolved_places(settings), [&](const aci::PlaceSettings& each) {
    return each.region == place.region && each.vcpu_price;
  });
}

void remark_on_regions(const settings::Config& config, std::vector<std::string>& remarks) {
  if (!config.has_provider) return;
  const auto& aci{std::get<aci::AciSettings>(config.provider.settings)};
  const auto book{wiring::read_prices(config)};
  std::set<std::string> seen{};
  for (const Place& place : aci::places(aci)) {
    if (place.region.empty() || !seen.insert(place.region).second) continue;
    if (auto remark{remark_on_name(place.region)}) {
      remarks.push_back(*std::move(remark));
      continue;  // its price is not the trouble
    }
    if (!book || has_price(aci, place, *book)) continue;
    remarks.push_back(fmt::format(
        "region {}: its price is not known, so that of East US counts until Azure's list price was "
        "read; `spillway prices --write FILE` and provider.price_table keep it",
        place.region));
  }
}

/// `count` reads like the machines of `replicas_per_vm`, and counts replicas.
void remark_on_counts(const settings::Config& config, std::vector<std::string>& remarks) {
  for (const auto& [name, cluster] : config.clusters) {
    const auto* const vms{std::get_if<static_vms::Settings>(&cluster.settings)};
    if (vms == nullptr || !vms->count) continue;
    if (vms->probe != static_vms::ProbeSettings{}) {
      remarks.push_back(
          fmt::format("cluster {}: `probe` asks `addresses`; nothing asks the replicas of a fixed "
                      "`count`, which so stands even when machines die",
                      name));
    }
    if (*vms->count % vms->replicas_per_vm == 0) continue;
    remarks.push_back(fmt::format(
        "cluster {0}: `count: {1}` counts base replicas, not machines, and fills no whole number "
        "of "
        "machines of `replicas_per_vm: {2}`; for {1} machines write `count: {3}`",
        name, *vms->count, vms->replicas_per_vm, std::int64_t{*vms->count} * vms->replicas_per_vm));
  }
}

/// A cap that the one of a longer period leaves no room for says nothing.
void remark_on_budget(const std::string& workload, PolicyDraft& draft,
                      std::vector<std::string>& remarks) {
  const auto values{settings::values_by_path([&](Fields& fields) { draft.describe(fields); })};
  const auto cap{[&values](std::string_view key) -> std::optional<Money> {
    const auto found{values.find(std::string{key})};
    if (found == values.end()) return std::nullopt;
    const auto read{settings::parse_money(found->second)};
    return read ? std::optional{*read} : std::nullopt;
  }};
  for (const auto& [shorter, longer] :
       {std::pair{"per_hour", "per_day"}, {"per_day", "per_month"}, {"per_hour", "per_month"}}) {
    const auto low{cap(shorter)};
    const auto high{cap(longer)};
    if (!low || !high || *high >= *low) continue;
    remarks.push_back(fmt::format(
        "workload {}: budget: {} is below {}, which so never caps anything; were they swapped?",
        workload, longer, shorter));
  }
}

/// Replicas that start on two days may run two programs under a name that moves.
void remark_on_images(const settings::Config& config, std::vector<std::string>& remarks) {
  for (const auto& [name, workload] : config.workloads) {
    const std::string& image{workload.replica.replica.image};
    if (image.empty() || image.find('@') != image.npos) continue;
    const std::string last{image.substr(image.rfind('/') + 1)};
    const std::size_t colon{last.find(':')};
    const bool is_latest{colon != last.npos && last.substr(colon + 1) == "latest"};
    if (colon != last.npos && !is_latest) continue;
    remarks.push_back(fmt::format(
        "workload {}: the image \"{}\" {}: what it names may change between two burst replicas; "
        "give a fixed tag or a digest",
        name, image, is_latest ? "is \"latest\"" : "has no tag, which means \"latest\""));
  }
}

/// What is taken for a text of its own although a variable was probably meant.
void remark_on_queries(const settings::Config& config, std::vector<std::string>& remarks) {
  const auto look{[&](const std::string& whose, const SignalSettings& signal) {
    if (signal.query.find("$__") != signal.query.npos) {
      remarks.push_back(
          fmt::format("{}: a variable of Grafana such as $__rate_interval means nothing to "
                      "Prometheus; write a duration such as 1m",
                      whose));
    }
    for (const std::string word : {"workload", "app", "service", "job"}) {
      const std::string single{"{" + word + "}"};
      const std::size_t at{signal.query.find(single)};
      const bool is_single{at != signal.query.npos && (at == 0 || signal.query[at - 1] != '{')};
      if (!is_single) continue;
      remarks.push_back(fmt::format("{}: {} is taken word by word; a placeholder is {{{}}}", whose,
                                    single, single));
    }
  }};
  for (std::size_t i{0}; i < config.shared_queries.size(); ++i) {
    look(fmt::format("shared_queries[{}]", i), config.shared_queries[i].from);
  }
  for (const auto& [name, workload] : config.workloads) {
    for (const auto& [signal, from] : workload.signals) {
      look(fmt::format("workload {}: signal {}", name, signal), from);
    }
  }
}

void remark_on_policies(const settings::Config& config, std::vector<std::string>& remarks) {
  for (const auto& [name, workload] : config.workloads) {
    std::vector<std::string> limits{};
    for (const auto& draft : workload.policies) {
      if (draft->type() == Budget::type) remark_on_budget(name, *draft, remarks);
      const auto policy{draft->build()};
      if (policy->only_limits()) limits.emplace_back(policy->name());
    }
    if (limits.empty() || limits.size() < workload.policies.size()) continue;
    remarks.push_back(fmt::format(
        "workload {}: no policy asks for replicas, {} only limit{} them: nothing ever scales out; "
        "add one such as `type: auto`",
        name, fmt::join(limits, " and "), limits.size() == 1 ? "s" : ""));
  }
}

/// Each place of the config that leads to a Kubernetes API server.
std::vector<std::pair<std::string, const kubernetes::ConnectionSettings*>> connections_of(
    const settings::Config& config) {
  std::vector<std::pair<std::string, const kubernetes::ConnectionSettings*>> all{};
  for (const auto& [name, each] : config.clusters) {
    const auto* const cluster{std::get_if<kubernetes::ClusterSettings>(&each.settings)};
    if (cluster) all.emplace_back("clusters." + name, &cluster->connection);
  }
  for (const auto& [name, each] : config.traffic) {
    const auto* const slices{std::get_if<endpoint_slice::Settings>(&each.settings)};
    if (slices) all.emplace_back("traffic." + name, &slices->connection);
  }
  if (config.has_virtual_node) {
    all.emplace_back("virtual_node", &config.virtual_node.connection);
  }
  return all;
}

/// Each has its own: whoever gave one to the cluster may take it for that of all.
void missing_connections(const settings::Config& config, const settings::Environment& environment,
                         std::vector<std::string>& missing) {
  const kubernetes::ConnectionSettings as_kubectl{};
  const auto all{connections_of(config)};
  const auto given{
      std::ranges::find_if(all, [&](const auto& each) { return *each.second != as_kubectl; })};
  const auto variable{[&](std::string_view name) { return environment.variable(name); }};
  for (const auto& [place, connection] : all) {
    const auto access{kubernetes::find_access(*connection, variable)};
    if (access) continue;
    const bool is_left_out{*connection == as_kubectl && given != all.end()};
    missing.push_back(fmt::format(
        "`run` would refuse to start here: {}.connection: {}{}", place, access.error().context,
        is_left_out
            ? fmt::format("; that of {} counts for it alone: write it here too", given->first)
            : ""));
  }
}

/// A file is here if it can be read, be it larger than asked for.
std::optional<std::string> why_unreadable(const settings::Environment& environment,
                                          const std::string& path) {
  const auto text{environment.read_file(path, 0)};
  if (text || text.error().code == Errc::too_large) return std::nullopt;
  return text.error().context;
}

void missing_files(const settings::Config& config, const settings::Environment& environment,
                   std::vector<std::string>& missing) {
  const std::string& directory{config.state.directory};
  if (!why_unreadable(environment, directory)) {
    missing.push_back(
        fmt::format("`run` would refuse to start here: state.directory: {} is a file", directory));
  }
  for (const auto& [name, source] : config.metric_sources) {
    const auto* const file{std::get_if<FileSettings>(&source.settings)};
    if (file == nullptr) continue;
    if (const auto why{why_unreadable(environment, file->path)}) {
      missing.push_back(fmt::format("metric_sources.{}.path: {} cannot be read here: {}", name,
                                    file->path, *why));
    }
  }
}

}  // namespace

std::vector<std::string> counts_as_read(const settings::Config& config) {
  std::vector<std::string> told{};
  for (const auto& [name, workload] : config.workloads) {
    const auto cluster{config.clusters.find(workload.cluster)};
    if (cluster == config.clusters.end()) continue;
    const auto* const vms{std::get_if<static_vms::Settings>(&cluster->second.settings)};
    if (vms == nullptr || !vms->count || *vms->count == 0) continue;
    int size{vms->replicas_per_vm};
    for (const auto& draft : workload.policies) {
      size = std::max(size, settings::machine_size_of(*draft).value_or(1));
    }
    if (size == 1) continue;
    const int count{*vms->count};
    told.push_back(
        fmt::format("workload {}: `count: {}` of the cluster {} is read as {} base "
                    "replica{} on {} machine{} of {}",
                    name, count, workload.cluster, count, count == 1 ? "" : "s",
                    (count + size - 1) / size, count <= size ? "" : "s", size));
  }
  return told;
}

std::vector<std::string> remarks_on(const settings::Config& config) {
  std::vector<std::string> remarks{};
  remark_on_regions(config, remarks);
  remark_on_counts(config, remarks);
  remark_on_images(config, remarks);
  remark_on_queries(config, remarks);
  remark_on_policies(config, remarks);
  return remarks;
}

std::vector<std::string> missing_to_run(const settings::Config& config,
                                        const settings::Environment& environment) {
  std::vector<std::string> missing{};
  missing_files(config, environment, missing);
  missing_connections(config, environment, missing);
  if (!config.has_provider || config.mode == Mode::act) return missing;
  const auto variable{[&](std::string_view name) { return environment.variable(name); }};
  const auto& given{std::get<aci::AciSettings>(config.provider.settings)};
  for (const std::string& each : aci::missing_settings(aci::with_environment(given, variable))) {
    missing.push_back("`run` would refuse to start here: provider: " + each);
  }
  return missing;
}

}  // namespace spillway::cli
