#include "metrics/exported/telemetry.hpp"

#include <prometheus/text_serializer.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <set>
#include <utility>

#include "metrics/exported/families.hpp"

namespace spillway::exported {

namespace {

constexpr std::array call_names{
    "create",          "get",     "list",     "remove", "usages",       "logs",
    "probe",           "admit",   "drain",    "evict",  "list_traffic", "observe_cluster",
    "refresh_cluster", "standby", "machines", "resize", "other"};

std::string text(std::string_view view) {
  return std::string{view};
}

std::string outcome_of(const std::optional<Error>& error) {
  return error ? text(to_string(error->code)) : "Ok";
}

double timestamp(TimePoint at) {
  return seconds(at.time_since_epoch());
}

/// A ledger that is corrected downwards leaves the counter where it is: counters never go back.
void raise_to(prometheus::Counter& counter, double total) {
  if (const double more{total - counter.Value()}; more > 0.0) counter.Increment(more);
}

/// Drops the series of which the value of `label` is not to be kept: a gauge that nobody sets any
/// more would be believed for ever.
template <class Metric, class IsKept>
void keep_series(prometheus::Family<Metric>& family, std::string_view label, IsKept is_kept) {
  for (const prometheus::MetricFamily& collected : family.Collect()) {
    for (const prometheus::ClientMetric& series : collected.metric) {
      prometheus::Labels labels{};
      for (const auto& each : series.label) labels.emplace(each.name, each.value);
      const auto value{labels.find(text(label))};
      if (value != labels.end() && !is_kept(value->second)) family.Remove(&family.Add(labels));
    }
  }
}

}  // namespace

struct Telemetry::State {
  Families families{};
  std::map<std::string, WorkloadRow, std::less<>> workloads{};
  std::set<std::string> sources{};
  std::map<std::pair<std::string, SourceState>, std::uint64_t> reads{};  ///< counted already
  GroupCounts groups{};
  std::map<Because, prometheus::Counter*> decisions{};  ///< found once: 10 000 a tick add up

  prometheus::Counter& decisions_because(Because because) {
    auto& counter{decisions[because]};
    if (counter == nullptr) {
      counter = &families.decisions.Add({{"because", text(to_string(because))}});
    }
    return *counter;
  }
};

Telemetry::Telemetry(const std::string& version) : state_{std::make_unique<State>()} {
  Families& families{state_->families};
  families.build_info.Add({{"version", version}}).Set(1.0);
  mode(false);
  families.ticks.Add({{"outcome", "complete"}});
  families.ticks.Add({{"outcome", "incomplete"}});
  families.tick_duration.Add({}, Families::tick_buckets());
  families.orphans.Add({});
  families.rivals.Add({});
  families.unreadable_entries.Add({});
  families.spend.Add({});
  families.reloads.Add({{"result", "ok"}});
  families.reloads.Add({{"result", "failed"}});
  for (const char* call : call_names) families.calls.Add({{"call", call}, {"outcome", "Ok"}});
  // A template that is refused is not sent again: its counter may never rise a second time, and of
  // a series that begins with 1 no rate sees anything.
  for (const char* call : {"create", "remove"}) {
    for (int code{0}; code <= static_cast<int>(Errc::too_large); ++code) {
      families.calls.Add({{"call", call}, {"outcome", text(to_string(static_cast<Errc>(code)))}});
    }
  }
  for (int phase{0}; phase <= static_cast<int>(GroupPhase::stuck); ++phase) {
    families.group_transitions.Add({{"phase", text(to_string(static_cast<GroupPhase>(phase)))}});
  }
  for (int because{0}; because <= static_cast<int>(Because::steady); ++because) {
    // Only journals of before have it.
    if (static_cast<Because>(because) == Because::highest_floor) continue;
    state_->decisions_because(static_cast<Because>(because));
  }
}

Telemetry::~Telemetry() = default;

void Telemetry::mode(bool is_acting) {
  state_->families.mode.Add({{"mode", "observe"}}).Set(is_acting ? 0.0 : 1.0);
  state_->families.mode.Add({{"mode", "act"}}).Set(is_acting ? 1.0 : 0.0);
}

void Telemetry::tick_finished(TimePoint at, Duration took, bool is_complete) {
  Families& families{state_->families};
  families.ticks.Add({{"outcome", is_complete ? "complete" : "incomplete"}}).Increment();
  families.tick_duration.Add({}, Families::tick_buckets()).Observe(seconds(took));
  families.last_tick.Add({}).Set(timestamp(at));
  if (is_complete) families.last_complete_tick.Add({}).Set(timestamp(at));
}

void Telemetry::decided(const Snapshot& snapshot, const Decision& decision) {
  const auto [place, is_new]{state_->workloads.try_emplace(decision.workload)};
  WorkloadRow& row{place->second};
  if (!is_new && decision.desired > row.desired) ++row.scale_outs;
  if (!is_new && decision.desired < row.desired) ++row.scale_ins;
  row.desired = decision.desired;
  row.recommended = decision.recommended;
  row.burst_wanted = decision.burst;
  row.is_blind = decision.is_blind;
  row.failing_scripts = static_cast<int>(std::ranges::count(
      decision.recommendations, Because::script_failed, &Recommendation::because));
  row.spend_today = snapshot.spend.today;
  row.base_ready.reset();
  row.burst_serving.reset();
  row.burst_starting.reset();
  if (snapshot.fleet.base) row.base_ready = snapshot.fleet.base->ready;
  if (snapshot.fleet.burst) {
    const BurstCount burst{count_burst(*snapshot.fleet.burst)};
    row.burst_serving = burst.serving;
    row.burst_starting = burst.starting;
  }
  state_->decisions_because(decision.because).Increment();
}

void Telemetry::forget_workloads_except(std::span<const std::string> workloads) {
  const auto is_kept{[&](const std::string& name) {
    return std::binary_search(workloads.begin(), workloads.end(), name);
  }};
  std::erase_if(state_->workloads, [&](const auto& row) { return !is_kept(row.first); });
}

void Telemetry::forget_what_is_told_again() {
  const auto none{[](const std::string&) { return false; }};
  keep_series(state_->families.quota_limit, "place", none);
  keep_series(state_->families.standby, "workload", none);
  keep_series(state_->families.machines, "workload", none);
}

void Telemetry::withheld(std::span<const Withheld> all) {
  std::map<Because, int> by_reason{};
  for (const Withheld& one : all) by_reason[one.because] += std::abs(one.count.count);
  // Reasons of earlier ticks stay, at zero: few, and a gap would look like a missing scrape.
  for (auto& family : state_->families.withheld.Collect()) {
    for (const auto& series : family.metric) {
      const auto because{because_named(series.label.front().value)};
      if (because) by_reason.try_emplace(*because, 0);
    }
  }
  for (const auto& [because, count] : by_reason) {
    state_->families.withheld.Add({{"because", text(to_string(because))}}).Set(count);
  }
}

void Telemetry::groups(std::span<const Group> all) {
  for (auto& count : state_->groups) count.second = 0;
  for (const Group& group : all) ++state_->groups[{to_string(group.place), group.phase}];
}

void Telemetry::group_entered(GroupPhase phase) {
  state_->families.group_transitions.Add({{"phase", text(to_string(phase))}}).Increment();
}

void Telemetry::group_started(const Place& place, Duration after) {
  state_->families.group_start.Add({{"place", to_string(place)}}, Families::start_buckets())
      .Observe(seconds(after));
}

void Telemetry::orphan_found() {
  state_->families.orphans.Add({}).Increment();
}

void Telemetry::rival_seen() {
  state_->families.rivals.Add({}).Increment();
}

void Telemetry::entry_unreadable() {
  state_->families.unreadable_entries.Add({}).Increment();
}

void Telemetry::call(std::string_view name, const std::optional<Error>& error) {
  const auto known{std::find(call_names.begin(), call_names.end(), name)};
  const std::string shown{known == call_names.end() ? "other" : *known};
  state_->families.calls.Add({{"call", shown}, {"outcome", outcome_of(error)}}).Increment();
}

void Telemetry::create_tokens(int left) {
  state_->families.create_tokens.Add({}).Set(left);
}

void Telemetry::platform_restart(const Place& place, Because because) {
  state_->families.platform_restarts
      .Add({{"place", to_string(place)}, {"because", text(to_string(because))}})
      .Increment();
}

void Telemetry::quota_limit(const Place& place, const std::string& row, int limit) {
  state_->families.quota_limit.Add({{"place", to_string(place)}, {"quota", row}}).Set(limit);
}

void Telemetry::standby(const std::string& workload, int wanted, int running, int creating) {
  prometheus::Family<prometheus::Gauge>& family{state_->families.standby};
  family.Add({{"workload", workload}, {"state", "wanted"}}).Set(wanted);
  family.Add({{"workload", workload}, {"state", "running"}}).Set(running);
  family.Add({{"workload", workload}, {"state", "creating"}}).Set(creating);
}

void Telemetry::machines(const std::string& workload, int capacity, int ready) {
  prometheus::Family<prometheus::Gauge>& family{state_->families.machines};
  family.Add({{"workload", workload}, {"state", "capacity"}}).Set(capacity);
  family.Add({{"workload", workload}, {"state", "ready"}}).Set(ready);
}

void Telemetry::sources(std::span<const SourceHealth> all) {
  Families& families{state_->families};
  std::set<std::string> names{};
  for (const SourceHealth& source : all) names.insert(source.name);
  if (names != state_->sources) {
    const auto is_kept{[&](const std::string& name) { return names.contains(name); }};
    keep_series(families.source_state, "source", is_kept);
    keep_series(families.source_reads, "source", is_kept);
    keep_series(families.source_read_seconds, "source", is_kept);
    keep_series(families.source_answered, "source", is_kept);
    std::erase_if(state_->reads,
                  [&](const auto& each) { return !names.contains(each.first.first); });
    state_->sources = std::move(names);
  }
  for (const SourceHealth& source : all) {
    for (const SourceState state :
         {SourceState::unknown, SourceState::ok, SourceState::degraded, SourceState::failing}) {
      families.source_state.Add({{"source", source.name}, {"state", text(to_string(state))}})
          .Set(state == source.state ? 1.0 : 0.0);
    }
    if (source.state == SourceState::unknown) continue;
    for (const SourceState state : {SourceState::ok, SourceState::degraded, SourceState::failing}) {
      const std::uint64_t total{source.reads[static_cast<std::size_t>(state)]};
      std::uint64_t& counted{state_->reads[{source.name, state}]};
      // After a reload they are counted from nothing again.
      const std::uint64_t more{total >= counted ? total - counted : total};
      counted = total;
      families.source_reads.Add({{"source", source.name}, {"outcome", text(to_string(state))}})
          .Increment(static_cast<double>(more));
    }
    families.source_read_seconds.Add({{"source", source.name}}).Set(seconds(source.took));
    if (source.answered_at) {
      families.source_answered.Add({{"source", source.name}}).Set(timestamp(*source.answered_at));
    }
  }
}

void Telemetry::readings(const std::array<std::size_t, all_doubts.size()>& doubts) {
  for (std::size_t i{0}; i < doubts.size(); ++i) {
    state_->families.readings.Add({{"doubt", text(to_string(all_doubts[i]))}})
        .Set(static_cast<double>(doubts[i]));
  }
}

void Telemetry::spend(Money total, HourlyPrice rate) {
  raise_to(state_->families.spend.Add({}), total.usd());
  state_->families.spend_rate.Add({}).Set(rate.per_hour.usd());
}

void Telemetry::reloaded(TimePoint at, bool is_ok) {
  state_->families.reloads.Add({{"result", is_ok ? "ok" : "failed"}}).Increment();
  state_->families.last_reload_ok.Add({}).Set(is_ok ? 1.0 : 0.0);
  if (is_ok) state_->families.last_reload.Add({}).Set(timestamp(at));
}

std::string Telemetry::exposition() const {
  std::vector<prometheus::MetricFamily> all{state_->families.registry.Collect()};
  std::erase_if(all, [](const prometheus::MetricFamily& family) { return family.metric.empty(); });
  if (!state_->groups.empty()) all.push_back(group_family(state_->groups));
  if (!state_->workloads.empty()) {
    auto rows{workload_families(state_->workloads)};
    std::move(rows.begin(), rows.end(), std::back_inserter(all));
  }
  return prometheus::TextSerializer{}.Serialize(all);
}

}  // namespace spillway::exported
