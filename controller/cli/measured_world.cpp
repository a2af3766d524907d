#include "controller/cli/measured_world.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <variant>

#include "controller/cli/readable_state.hpp"
#include "controller/settings/value_parsers.hpp"
#include "controller/settings/values_by_path.hpp"
#include "policies/staffing.hpp"

namespace spillway::cli {
namespace {

using backtest::World;

/// A day at five minutes' heartbeat, and what changed in it.
constexpr int entries_read{2'000};
/// Below that share of use, rounding and other work on the machine hide what a replica can do.
constexpr double least_used{0.2};
constexpr std::size_t samples_needed{5};  // what a replica can do is not read off once

std::optional<double> median_of(std::vector<double> values, std::size_t needed) {
  if (values.size() < needed) return std::nullopt;
  const auto middle{values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2)};
  std::ranges::nth_element(values, middle);
  return *middle;
}

class Measuring {
 public:
  Measuring(const settings::Config& config, const settings::WorkloadConfig& workload,
            const std::vector<JournalEntry>& entries)
      : config_{config}, workload_{workload}, entries_{entries} {
    for (const auto& draft : workload.policies) {
      const auto values{settings::values_by_path([&](Fields& f) { draft->describe(f); })};
      said_.insert(values.begin(), values.end());
    }
  }

  MeasuredWorld measure() {
    found_.world.load.scale = backtest::LoadWorld::Scale::as_is;
    observe();
    promise();
    machines();
    replica();
    start();
    price();
    return std::move(found_);
  }

 private:
  World& world() { return found_.world; }

  template <class... Args>
  void say(fmt::format_string<Args...> words, Args&&... args) {
    found_.words.push_back(fmt::format(words, std::forward<Args>(args)...));
  }

  /// What a policy of the workload has under this name.
  std::optional<Duration> duration(const std::string& path) const {
    const auto found{said_.find(path)};
    if (found == said_.end()) return std::nullopt;
    const auto parsed{settings::parse_duration(found->second)};
    return parsed ? std::optional{*parsed} : std::nullopt;
  }

  void observe() {
    // Worlds are made of whole seconds.
    const auto whole{[](Duration d) {
      return std::max<Duration>(std::chrono::seconds{1},
                                std::chrono::round<std::chrono::seconds>(d));
    }};
    world().observed.interval = whole(config_.interval);
    if (const auto delay{duration("metric_delay")}) {
      world().observed.delay = std::chrono::round<std::chrono::seconds>(*delay);
    }
    say("interval {}, metrics {} late (config)", to_string(world().observed.interval),
        to_string(world().observed.delay));
  }

  void promise() {
    if (const auto wait{duration("wait")}) world().replica.slo_wait = *wait;
    if (const auto found{said_.find("quantile")}; found != said_.end() && said_.contains("wait")) {
      if (const auto share{settings::parse_ratio(found->second)}) {
        world().replica.slo_quantile = std::clamp(*share, 0.5, 0.9999);
      }
    }
    say("p{:g} wait of at most {} ({})", 100.0 * world().replica.slo_quantile,
        to_string(world().replica.slo_wait),
        said_.contains("wait") ? "config" : "reference: no policy of the workload names one");
  }

  void machines() {
    const auto cluster{config_.clusters.find(workload_.cluster)};
    int per_vm{workload_.has_vms ? workload_.vms.limits.replicas_per_vm : 1};
    if (cluster != config_.clusters.end()) {
      const auto* const vms{std::get_if<static_vms::Settings>(&cluster->second.settings)};
      if (vms != nullptr) per_vm = std::max(per_vm, vms->replicas_per_vm);
    }
    world().cluster.replicas_per_vm = std::max(1, per_vm);
    std::vector<double> bases{};
    for (const JournalEntry& each : entries_) {
      if (each.snapshot.fleet.base) bases.push_back(each.snapshot.fleet.base->capacity().count);
    }
    if (const auto base{median_of(std::move(bases), 1)}) {
      world().cluster.base_vms =
          static_cast<int>(std::lround(*base / world().cluster.replicas_per_vm));
      say("{} machines of {} replicas (journal)", *world().cluster.base_vms,
          world().cluster.replicas_per_vm);
    } else {
      say("machines for the median need (reference: the journal has no cluster)");
    }
    const auto price{said_.contains("vm.price") ? said_.find("vm.price") : said_.find("vm_price")};
    if (price == said_.end()) return;
    if (const auto parsed{settings::parse_hourly_price(price->second)}) {
      world().cluster.vm_price = *parsed;
      say("{}/h a machine (config)", to_string((*parsed).per_hour));
    }
  }

  void replica() {
    std::vector<double> rates{};
    for (const JournalEntry& each : entries_) {
      const auto load{each.snapshot.readings[signal::load].fresh_value()};
      const auto used{each.snapshot.readings[signal::utilization].fresh_value()};
      const Fleet& fleet{each.snapshot.fleet};
      if (!load || !used || *used < least_used || !fleet.base || !fleet.burst) continue;
      const int serving{serving_replicas(fleet).count};
      if (serving > 0) rates.push_back(*load / (*used * serving));
    }
    const auto rate{median_of(std::move(rates), samples_needed)};
    if (rate && *rate > 1e-6) world().replica.capacity_rps = std::min(*rate, 1e9);
    say("a replica completes {:.3g} requests/s ({})", world().replica.capacity_rps,
        rate ? "journal" : "reference: the journal has not enough load and utilization");
  }

  void start() {
    const auto measured{std::ranges::find_if(entries_, [](const JournalEntry& each) {
      return each.snapshot.start_times != StartTimes{};
    })};
    if (measured == entries_.end()) {
      say("starts of {} (reference: the journal has none)", to_string(world().burst.start_median));
      return;
    }
    const StartTimes& times{measured->snapshot.start_times};
    constexpr double z95{1.6448536269514722};
    const double spread{seconds(times.p95) / std::max(0.001, seconds(times.median))};
    world().burst.start_median = std::max<Duration>(std::chrono::seconds{1}, times.median);
    world().burst.start_sigma = std::clamp(std::log(std::max(1.0, spread)) / z95, 0.0, 3.0);
    say("starts of {}, p95 {} (journal)", to_string(times.median), to_string(times.p95));
  }

  void price() {
    world().burst.vcpu = workload_.replica.size.vcpu;
    world().burst.memory_gb = workload_.replica.size.memory_gb;
    world().burst.max_groups = workload_.limits.max_burst;
    const auto priced{std::ranges::find_if(entries_, [](const JournalEntry& each) {
      return each.snapshot.replica_price.per_hour > Money{};
    })};
    if (priced != entries_.end() && world().burst.vcpu > 0.0) {
      const double usd_per_h{priced->snapshot.replica_price.per_hour.usd()};
      world().burst.vcpu_price = {usd(usd_per_h / world().burst.vcpu)};
      world().burst.memory_gb_price = {};
    }
    say("{}/h a burst replica ({}), at most {} of them (config)",
        to_string(burst_price(world().burst).per_hour),
        priced != entries_.end() ? "journal" : "reference: the journal has no price",
        world().burst.max_groups);
  }

  const settings::Config& config_;
  const settings::WorkloadConfig& workload_;
  const std::vector<JournalEntry>& entries_;
  std::map<std::string, std::string> said_{};
  MeasuredWorld found_{};
};

}  // namespace

MeasuredWorld measured_world(const settings::Config& config,
                             const settings::WorkloadConfig& workload,
                             const std::vector<JournalEntry>& entries) {
  return Measuring{config, workload, entries}.measure();
}

Result<MeasuredWorld> measured_world_of(const settings::Config& config,
                                        const std::string& workload) {
  const auto store{open_to_read(config.state.directory)};
  if (!store) return with_context(config.state.directory, store.error());
  const auto entries{(*store)->journal({.workload = workload, .limit = entries_read})};
  if (!entries) return with_context(config.state.directory, entries.error());
  return measured_world(config, config.workloads.at(workload), *entries);
}

}  // namespace spillway::cli
