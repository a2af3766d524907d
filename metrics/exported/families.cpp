#include "metrics/exported/families.hpp"

namespace spillway::exported {

namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

template <class Metric>
prometheus::Family<Metric>& declare(prometheus::Registry& registry, const char* name,
                                    const char* help) {
  return prometheus::detail::Builder<Metric>{}.Name(name).Help(help).Register(registry);
}

const auto counter = declare<prometheus::Counter>;
const auto gauge = declare<prometheus::Gauge>;
const auto histogram = declare<prometheus::Histogram>;

ClientMetric series(std::vector<ClientMetric::Label> labels, double value, MetricType type) {
  ClientMetric metric{};
  metric.label = std::move(labels);
  if (type == MetricType::Counter) {
    metric.counter.value = value;
  } else {
    metric.gauge.value = value;
  }
  return metric;
}

double count(Replicas replicas) {
  return static_cast<double>(replicas.count);
}

std::optional<double> count(const std::optional<Replicas>& replicas) {
  if (!replicas) return std::nullopt;
  return count(*replicas);
}

}  // namespace

Families::Families()
    : build_info{gauge(registry, "spillway_build_info",
                       "Always 1. Labels: version of this controller.")},
      mode{gauge(registry, "spillway_mode",
                 "1 for the mode in force, else 0. Labels: mode (observe, act).")},
      ticks{counter(registry, "spillway_ticks_total",
                    "Ticks of the control loop. Labels: outcome (complete; incomplete: the fleet "
                    "could not be listed or state not be written).")},
      tick_duration{histogram(registry, "spillway_tick_duration_seconds",
                              "Time from the start of a tick to its end. No labels.")},
      last_tick{gauge(registry, "spillway_last_tick_timestamp_seconds",
                      "When the last tick ended. No labels.")},
      last_complete_tick{gauge(registry, "spillway_last_complete_tick_timestamp_seconds",
                               "When the last complete tick ended. No labels.")},
      decisions{counter(registry, "spillway_decisions_total",
                        "Decisions taken, one for each workload and tick. Labels: because (the "
                        "deciding reason, as in log and journal).")},
      withheld{gauge(registry, "spillway_withheld_replicas",
                     "Replicas that were wanted and not planned at the last tick, creates and "
                     "removals alike. Labels: because.")},
      group_transitions{counter(registry, "spillway_group_transitions_total",
                                "Burst groups that entered a phase. Labels: phase.")},
      group_start{histogram(registry, "spillway_group_start_seconds",
                            "Time from the create request until a group served. Labels: place.")},
      orphans{counter(registry, "spillway_orphans_found_total",
                      "Groups found that are ours by tag and stand in no record. No labels.")},
      rivals{counter(registry, "spillway_owner_conflicts_total",
                     "Groups found that another controller made under our owner while this one "
                     "ran. No labels.")},
      unreadable_entries{counter(registry, "spillway_journal_entries_unreadable_total",
                                 "Journal entries that could not be read and were passed over, "
                                 "each once. No labels.")},
      calls{counter(registry, "spillway_calls_total",
                    "Calls to provider, cluster, balancer and replicas. Labels: call, outcome (Ok "
                    "or the kind of error).")},
      create_tokens{gauge(registry, "spillway_provider_create_tokens",
                          "Creates that the provider's rate limit allows now. No labels.")},
      platform_restarts{counter(registry, "spillway_platform_restarts_total",
                                "Groups that the platform moved, started anew or took away. "
                                "Labels: place, because (SpotEvicted, PlatformRestarted, "
                                "AddressChanged, Vanished).")},
      quota_limit{gauge(registry, "spillway_quota_limit",
                        "What Azure allows at most, as last read; 0 needs a person, who asks for a "
                        "quota. Labels: place, quota (groups, cores).")},
      standby{gauge(registry, "spillway_standby_groups",
                    "Groups kept warm. Labels: workload, state (wanted, running, creating).")},
      machines{gauge(registry, "spillway_machines",
                     "Machines of a pool that a workload may grow. Labels: workload, state "
                     "(capacity, ready).")},
      source_state{
          gauge(registry, "spillway_source_state",
                "1 for the state a metric source is in, else 0. Labels: source, state (ok, "
                "degraded, failing, unknown).")},
      source_reads{counter(registry, "spillway_source_reads_total",
                           "Reads of a metric source. Labels: source, outcome (ok, degraded, "
                           "failing).")},
      source_read_seconds{
          gauge(registry, "spillway_source_read_duration_seconds",
                "Time that the last read of a metric source took. Labels: source.")},
      source_answered{gauge(registry, "spillway_source_answered_timestamp_seconds",
                            "When a metric source last answered. Labels: source.")},
      readings{
          gauge(registry, "spillway_readings",
                "Readings of the last tick by how far they can be trusted. Labels: doubt (None "
                "is fresh).")},
      spend{counter(
          registry, "spillway_spend_usd_total",
          "Cost of burst groups and of what is kept warm, by our ledger: of this calendar month "
          "(UTC) at the start, and all since. No labels.")},
      spend_rate{gauge(registry, "spillway_spend_rate_usd_per_hour",
                       "Price of the burst groups that there are now and of what is kept warm. "
                       "No labels.")},
      reloads{counter(registry, "spillway_reloads_total",
                      "Reloads of the configuration. Labels: result (ok, failed).")},
      last_reload{gauge(registry, "spillway_last_reload_timestamp_seconds",
                        "When the configuration in force was loaded. No labels.")},
      last_reload_ok{gauge(registry, "spillway_last_reload_successful",
                           "1 if the last reload succeeded; 0: the one before stays in force. No "
                           "labels.")} {}

const std::vector<double>& Families::tick_buckets() {
  // A tick without calls takes milliseconds; one that waits for Azure takes seconds.
  static const std::vector<double> bounds{0.005, 0.01, 0.025, 0.05, 0.1, 0.25,
                                          0.5,   1.0,  2.5,   5.0,  10.0};
  return bounds;
}

const std::vector<double>& Families::start_buckets() {
  // Small images start in 15 to 60 s; what has not come after 10 min is given up.
  static const std::vector<double> bounds{5.0,  10.0, 15.0,  20.0,  30.0,  45.0,
                                          60.0, 90.0, 120.0, 180.0, 300.0, 600.0};
  return bounds;
}

std::vector<MetricFamily> workload_families(
    const std::map<std::string, WorkloadRow, std::less<>>& rows) {
  std::vector<MetricFamily> families{};
  const auto add{[&](const char* name, const char* help, MetricType type, const auto& value_of) {
    MetricFamily family{.name = name, .help = help, .type = type, .metric = {}};
    family.metric.reserve(rows.size());
    for (const auto& [workload, row] : rows) {
      const std::optional<double> value{value_of(row)};
      if (value) family.metric.push_back(series({{"workload", workload}}, *value, type));
    }
    families.push_back(std::move(family));
  }};
  add("spillway_workload_desired_replicas",
      "Replicas decided on: base, machines and burst together. Labels: workload.",
      MetricType::Gauge, [](const WorkloadRow& row) { return count(row.desired); });
  add("spillway_workload_recommended_replicas",
      "Replicas the policies ask for, before stabilization and limits. Labels: workload.",
      MetricType::Gauge, [](const WorkloadRow& row) { return count(row.recommended); });
  add("spillway_workload_burst_wanted_replicas",
      "Replicas that belong into the burst provider. Labels: workload.", MetricType::Gauge,
      [](const WorkloadRow& row) { return count(row.burst_wanted); });
  add("spillway_workload_base_ready_replicas",
      "Base replicas ready on the cluster; absent while it cannot be read. Labels: workload.",
      MetricType::Gauge, [](const WorkloadRow& row) { return count(row.base_ready); });
  add("spillway_workload_burst_serving_replicas",
      "Burst replicas that serve; absent while they cannot be listed. Labels: workload.",
      MetricType::Gauge, [](const WorkloadRow& row) { return count(row.burst_serving); });
  add("spillway_workload_burst_starting_replicas",
      "Burst replicas on their way; absent while they cannot be listed. Labels: workload.",
      MetricType::Gauge, [](const WorkloadRow& row) { return count(row.burst_starting); });
  add("spillway_workload_blind",
      "1 while a needed reading or the fleet is unknown, so that nothing shrinks. Labels: "
      "workload.",
      MetricType::Gauge, [](const WorkloadRow& row) { return row.is_blind ? 1.0 : 0.0; });
  add("spillway_workload_failing_scripts",
      "Scripts of the config that gave no answer at the last decision. They hold the count for ten "
      "minutes, then the other policies, if any, decide. Labels: workload.",
      MetricType::Gauge,
      [](const WorkloadRow& row) { return static_cast<double>(row.failing_scripts); });
  add("spillway_workload_spend_today_usd",
      "Cost of the workload's burst groups since midnight UTC. Labels: workload.",
      MetricType::Gauge, [](const WorkloadRow& row) { return row.spend_today.usd(); });
  add("spillway_workload_scale_outs_total",
      "Decisions for more replicas than before. Labels: workload.", MetricType::Counter,
      [](const WorkloadRow& row) { return static_cast<double>(row.scale_outs); });
  add("spillway_workload_scale_ins_total",
      "Decisions for fewer replicas than before. Labels: workload.", MetricType::Counter,
      [](const WorkloadRow& row) { return static_cast<double>(row.scale_ins); });
  return families;
}

MetricFamily group_family(const GroupCounts& counts) {
  MetricFamily family{.name = "spillway_groups",
                      .help =
                          "Burst groups by where they run and how far they have come. Labels: "
                          "place, phase.",
                      .type = MetricType::Gauge,
                      .metric = {}};
  for (const auto& [key, groups] : counts) {
    family.metric.push_back(
        series({{"place", key.first}, {"phase", std::string{to_string(key.second)}}},
               static_cast<double>(groups), MetricType::Gauge));
  }
  return family;
}

}  // namespace spillway::exported
