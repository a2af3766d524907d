#include "controller/backtest/world.hpp"

#include <array>
#include <cmath>
#include <string_view>

namespace spillway::backtest {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

void describe_replica(Fields& fields, ReplicaWorld& replica) {
  fields.number("capacity", replica.capacity_rps, {.min = 1e-6, .max = 1e9},
                "Requests that one replica completes per second.");
  fields.ratio("slo_quantile", replica.slo_quantile, {.min = 0.5, .max = 0.9999},
               "Share of the requests that must not wait longer than slo_wait.");
  fields.duration("slo_wait", replica.slo_wait, {.min = Duration{1}, .max = hours{1}},
                  "Longest wait in the queue, without service.");
  fields.duration("backlog_late", replica.backlog_late, {.max = hours{1}},
                  "A second is late if more work than this much capacity is left over.");
  fields.duration("backlog_dropped_beyond", replica.backlog_dropped_beyond,
                  {.min = Duration{1}, .max = hours{24}},
                  "Work beyond this much capacity is lost (and late).");
}

void describe_load(Fields& fields, LoadWorld& load) {
  static constexpr std::array<std::string_view, 2> scales{"peak", "as_is"};
  choose(fields, "scale", load.scale, scales,
         "`peak`: the trace is scaled to peak_replicas; `as_is`: it is requests per second.");
  fields.ratio("peak_percentile", load.peak_percentile, {.min = 0.5, .max = 1.0},
               "The percentile that counts as the peak.");
  fields.count("peak_replicas", load.peak_replicas, {.min = 1, .max = 100'000},
               "The peak is the load of so many replicas at 100 %.");
  fields.number("clip_at_peaks", load.clip_at_peaks, {.min = 1.0, .max = 1e6},
                "With scale `peak`: nothing exceeds so many times the peak.");
}

void describe_cluster(Fields& fields, ClusterWorld& cluster) {
  fields.count("replicas_per_vm", cluster.replicas_per_vm, {.min = 1, .max = 1000},
               "Replicas that one machine holds.");
  fields.optional_count("base_vms", cluster.base_vms, {.max = 100'000},
                        "Machines of the fixed cluster. Left out: the median need, rounded down.");
  fields.duration("vm_start_min", cluster.vm_start_min, {.min = seconds{1}, .max = hours{1}},
                  "Shortest start of an extra machine; starts are uniform up to vm_start_max.");
  fields.duration("vm_start_max", cluster.vm_start_max, {.min = seconds{1}, .max = hours{1}},
                  "Longest start of an extra machine.");
  fields.require(cluster.vm_start_min <= cluster.vm_start_max,
                 "vm_start_min must not exceed vm_start_max");
}

void describe_burst(Fields& fields, BurstWorld& burst) {
  fields.number("vcpu", burst.vcpu, {.min = 0.1, .max = 64.0}, "vCPUs of one burst replica.");
  fields.memory_gb("memory", burst.memory_gb, {.min = 0.1, .max = 512.0},
                   "Memory of one burst replica.");
  fields.duration("start_median", burst.start_median, {.min = seconds{1}, .max = hours{1}},
                  "Median of the time from the create until a burst replica serves.");
  fields.number("start_sigma", burst.start_sigma, {.max = 3.0},
                "Spread of the start: sigma of a lognormal distribution.");
  fields.ratio("failed_share", burst.failed_share, {.max = 0.99},
               "Share of starts that fail, billed until they do.");
  fields.count("standby", burst.standby, {.max = 10'000},
               "Replicas kept on standby: billed all the time, and filled up again as they are "
               "taken.");
  fields.duration("standby_start", burst.standby_start, {.min = seconds{1}, .max = hours{1}},
                  "From the create until a replica on standby serves.");
  fields.count("max_groups", burst.max_groups, {.max = 100'000}, "Most burst replicas at once.");
  fields.count("creates_per_5min", burst.creates_per_5min, {.min = 1, .max = 1'000'000},
               "Most creates within any five minutes.");
  fields.count("creates_per_hour", burst.creates_per_hour, {.min = 1, .max = 1'000'000},
               "Most creates within any hour.");
}

void describe_prices(Fields& fields, World& world) {
  const auto price{[&fields](std::string_view key, HourlyPrice& value, std::string_view help) {
    std::optional<HourlyPrice> written{value};
    fields.hourly_price(key, written, help);
    value = written.value_or(value);
  }};
  price("vm", world.cluster.vm_price, "One machine of the cluster.");
  price("burst_vcpu", world.burst.vcpu_price, "One vCPU of a burst replica.");
  price("burst_memory_gb", world.burst.memory_gb_price, "One GB of a burst replica's memory.");
}

void describe_observed(Fields& fields, ObservedWorld& observed) {
  const DurationRange whole{.min = seconds{1}, .max = hours{1}};
  fields.duration("interval", observed.interval, whole, "Time between two decisions.");
  fields.duration("window", observed.window, whole, "What one reading is an average over.");
  fields.duration("delay", observed.delay, {.max = hours{1}},
                  "From the end of a window until it can be read.");
  fields.flag("counting_noise", observed.has_counting_noise,
              "Arrivals of a window are a Poisson count around the trace.");
  const auto is_whole{[](Duration d) { return d % seconds{1} == Duration::zero(); }};
  fields.require(
      is_whole(observed.interval) && is_whole(observed.window) && is_whole(observed.delay),
      "interval, window and delay must be whole seconds");
}

}  // namespace

void describe(Fields& fields, World& world) {
  fields.section(
      "load", [&](Fields& inner) { describe_load(inner, world.load); },
      "How the trace becomes a load.");
  fields.section(
      "replica", [&](Fields& inner) { describe_replica(inner, world.replica); },
      "What one replica holds, and what its users are promised.");
  fields.section(
      "cluster", [&](Fields& inner) { describe_cluster(inner, world.cluster); },
      "The fixed cluster, and machines it could grow by.");
  fields.section(
      "burst", [&](Fields& inner) { describe_burst(inner, world.burst); }, "The burst provider.");
  fields.section(
      "prices", [&](Fields& inner) { describe_prices(inner, world); }, "Per hour of running.");
  fields.section(
      "observed", [&](Fields& inner) { describe_observed(inner, world.observed); },
      "What the controller sees, and how often it acts.");
}

HourlyPrice burst_price(const BurstWorld& burst) {
  return {usd(burst.vcpu * burst.vcpu_price.per_hour.usd() +
              burst.memory_gb * burst.memory_gb_price.per_hour.usd())};
}

StartTimes start_times(const BurstWorld& burst) {
  constexpr double z95{1.6448536269514722};
  return {.median = burst.start_median,
          .p95 = duration_of_seconds(spillway::seconds(burst.start_median) *
                                     std::exp(burst.start_sigma * z95))};
}

double mean_start_seconds(const BurstWorld& burst) {
  return spillway::seconds(burst.start_median) *
         std::exp(0.5 * burst.start_sigma * burst.start_sigma);
}

double mean_vm_start_seconds(const ClusterWorld& cluster) {
  return 0.5 * spillway::seconds(cluster.vm_start_min + cluster.vm_start_max);
}

double late_request_usd(const World& world) {
  const double full_use_rph{world.replica.capacity_rps * 3600.0};
  return late_weight * burst_price(world.burst).per_hour.usd() / full_use_rph;
}

}  // namespace spillway::backtest
