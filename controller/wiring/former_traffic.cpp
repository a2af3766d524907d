#include "controller/wiring/former_traffic.hpp"

#include <algorithm>
#include <set>
#include <utility>
#include <variant>
#include <vector>

#include "controller/io/log.hpp"
#include "controller/settings/effective.hpp"
#include "controller/settings/environment.hpp"
#include "controller/settings/load_section.hpp"
#include "controller/traffic/haproxy/former_map.hpp"
#include "controller/wiring/traffic_family.hpp"

namespace spillway::wiring {
namespace {

using Sections = std::map<std::string, settings::TrafficConfig>;

void describe_sections(Fields& fields, Sections& sections) {
  map_of(fields, "traffic", sections, Presence::optional, "The balancers of a workload.");
}

/// Printed instead of a secret.
constexpr std::string_view hidden{"***"};

bool is_in_use(const std::vector<std::string>& old, const Workload* workload) {
  if (workload == nullptr) return false;
  for (const auto& [name, places] : workload->traffic_places) {
    for (const std::string& place : places) {
      const bool is_same{std::ranges::any_of(old, [&](const std::string& each) {
        return each.starts_with(place) || place.starts_with(each);
      })};
      if (is_same) return true;
    }
  }
  return false;
}

void tell(const std::string& workload, std::string_view what, std::string_view why) {
  io::log_event(io::LogLevel::warning, "FormerTrafficLeft",
                {{"workload", workload},
                 {"traffic", what},
                 {"why", why},
                 {"advice", std::string_view{"its servers of this workload stay until a person "
                                             "takes them out"}}});
}

/// The balancers of a workload, as `config` has them.
Sections sections_of(const settings::Config& config, const std::string& workload) {
  Sections sections{};
  const auto found{config.workloads.find(workload)};
  if (found == config.workloads.end()) return sections;
  for (const std::string& name : found->second.traffic) {
    const auto section{config.traffic.find(name)};
    if (section != config.traffic.end()) sections.insert(*section);
  }
  return sections;
}

/// Whether one of them keeps this entry, as `entries_of` has it.
bool is_followed(const std::string& entry, const Sections& sections) {
  return std::ranges::any_of(sections, [&](const auto& section) {
    const auto entries{entries_of(section.second)};
    return std::ranges::find(entries, entry) != entries.end();
  });
}

/// The balancer itself goes on, and its map may not. Each process is one of its own: what is kept
/// at one is not touched because another has left, nor waited for because another is down.
void recall_map(Outside& outside, const std::string& workload, const std::string& name,
                const settings::TrafficConfig& section, const Sections& now, Assembly& assembly) {
  const std::vector<std::string> entries{entries_of(section)};
  for (std::size_t i{0}; i < entries.size(); ++i) {
    if (is_followed(entries[i], now)) continue;
    haproxy::Settings left{std::get<haproxy::Settings>(section.settings)};
    left.sockets = {left.sockets.at(i)};
    assembly.loop.former_traffic[workload].push_back(
        {std::make_shared<haproxy::FormerMap>(name, std::move(left), outside.clock), {entries[i]}});
  }
}

void recall(Outside& outside, const std::string& workload, const std::string& text,
            const settings::Config& config, Assembly& assembly) {
  Sections sections{};
  const settings::ProcessEnvironment environment{};
  const auto errors{settings::parse_section(
      text, "the traffic of " + workload,
      [&](Fields& fields) { describe_sections(fields, sections); }, environment)};
  if (!errors.empty()) return tell(workload, "all", settings::to_string(errors));
  const auto now{assembly.loop.workloads.find(workload)};
  const Workload* const configured{now == assembly.loop.workloads.end() ? nullptr
                                                                        : now->second.get()};
  for (const auto& [name, section] : sections) {
    const std::vector<std::string> places{places_of(section)};
    if (places.empty()) continue;
    if (is_in_use(places, configured)) {
      recall_map(outside, workload, name, section, sections_of(config, workload), assembly);
      continue;
    }
    auto traffic{make_one_traffic(outside, name, section)};
    if (!traffic) {
      tell(workload, name, to_string(traffic.error()));
      continue;
    }
    assembly.loop.former_traffic[workload].push_back({std::move(*traffic), places});
  }
}

}  // namespace

std::string traffic_text(const settings::Config& config, const settings::WorkloadConfig& workload) {
  Sections sections{};
  for (const std::string& name : workload.traffic) sections.insert(*config.traffic.find(name));
  if (sections.empty()) return {};
  return settings::effective_yaml([&](Fields& fields) { describe_sections(fields, sections); });
}

Result<void> recall_traffic(Outside& outside, const settings::Config& config, Store& store,
                            Assembly& assembly) {
  std::set<std::string> workloads{};
  for (const auto& [name, workload] : config.workloads) workloads.insert(name);
  const auto open{store.open_groups()};
  if (!open) return open.error();
  for (const GroupRecord& record : *open) workloads.insert(record.workload);
  for (const std::string& workload : workloads) {
    const auto kept{store.kept(kept_traffic_key(workload))};
    if (!kept) return kept.error();
    if (!*kept || (*kept)->text.empty()) continue;
    const std::string& text{(*kept)->text};
    const auto now{assembly.loop.workloads.find(workload)};
    const bool is_as_before{now != assembly.loop.workloads.end() &&
                            now->second->traffic_text == text};
    if (is_as_before) continue;
    if (text.find(hidden) != std::string::npos) {
      tell(workload, "all", "its settings have a secret, which is not kept");
      continue;
    }
    recall(outside, workload, text, config, assembly);
  }
  return {};
}

void recall_maps(Outside& outside, const settings::Config& before, const settings::Config& now,
                 Assembly& assembly) {
  for (const auto& [workload, built] : assembly.loop.workloads) {
    const Sections today{sections_of(now, workload)};
    for (const auto& [name, section] : sections_of(before, workload)) {
      if (!is_in_use(places_of(section), built.get())) continue;
      recall_map(outside, workload, name, section, today, assembly);
    }
  }
}

}  // namespace spillway::wiring
