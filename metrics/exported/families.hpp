// Every metric that Spillway exports: names, help texts and labels, declared here and nowhere else.
// Labels come from closed sets, from the config (workload, source, place), or from the version.
// Counters of closed sets exist at zero before the first event, so that rates see it.
#pragma once

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/metric_family.h>
#include <prometheus/registry.h>

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "controller/core/group.hpp"
#include "controller/core/units.hpp"

namespace spillway::exported {

/// The families that prometheus-cpp keeps: few series each.
struct Families {
  using Counters = prometheus::Family<prometheus::Counter>;
  using Gauges = prometheus::Family<prometheus::Gauge>;
  using Histograms = prometheus::Family<prometheus::Histogram>;

  Families();

  prometheus::Registry registry{};

  Gauges& build_info;
  Gauges& mode;

  Counters& ticks;
  Histograms& tick_duration;
  Gauges& last_tick;
  Gauges& last_complete_tick;

  Counters& decisions;
  Gauges& withheld;

  Counters& group_transitions;
  Histograms& group_start;
  Counters& orphans;
  Counters& rivals;
  Counters& unreadable_entries;
  Counters& calls;
  Gauges& create_tokens;
  Counters& platform_restarts;
  Gauges& quota_limit;
  Gauges& standby;
  Gauges& machines;

  Gauges& source_state;
  Counters& source_reads;
  Gauges& source_read_seconds;
  Gauges& source_answered;
  Gauges& readings;

  Counters& spend;
  Gauges& spend_rate;

  Counters& reloads;
  Gauges& last_reload;
  Gauges& last_reload_ok;

  static const std::vector<double>& tick_buckets();
  static const std::vector<double>& start_buckets();
};

/// What is exported for each workload. Kept as a row and turned into series only when somebody
/// asks, since prometheus-cpp takes about 270 bytes for each series that it keeps (measured).
struct WorkloadRow {
  Replicas desired{};
  Replicas recommended{};
  Replicas burst_wanted{};
  std::optional<Replicas> base_ready{};
  std::optional<Replicas> burst_serving{};
  std::optional<Replicas> burst_starting{};
  bool is_blind{false};
  int failing_scripts{0};
  Money spend_today{};
  std::uint64_t scale_outs{0};
  std::uint64_t scale_ins{0};
};

std::vector<prometheus::MetricFamily> workload_families(
    const std::map<std::string, WorkloadRow, std::less<>>& rows);

using GroupCounts = std::map<std::pair<std::string, GroupPhase>, int>;

/// `counts` by place and phase.
prometheus::MetricFamily group_family(const GroupCounts& counts);

}  // namespace spillway::exported
