#include "controller/backtest/load.hpp"

#include <fmt/format.h>

#include <cmath>

#include "controller/backtest/erlang.hpp"

namespace spillway::backtest {
namespace {

/// Two years of seconds: more is a trace in other units, and would need gigabytes.
constexpr double seconds_max{6.4e7};
/// As `decide` has it: sums of more are far from exact, and differences end in infinity.
constexpr double rate_max{1e12};
/// The table of what replicas hold costs the square of this: a few tenths of a second.
constexpr double replicas_max{3000.0};

struct Point {
  double at_s;
  double value;
};

Error malformed(const LoadTrace& trace, std::string what) {
  return {Errc::malformed, fmt::format("trace {}: {}", trace.name, what)};
}

/// The rows of a trace from its first value to its last, and where each begins: of what was before
/// and came after the trace tells nothing.
class Bins {
 public:
  explicit Bins(const LoadTrace& trace) : trace_{trace} {
    const auto& values{trace.values};
    while (first_ < values.size() && !std::isfinite(values[first_])) ++first_;
    last_ = values.size();
    while (last_ > first_ && !std::isfinite(values[last_ - 1])) --last_;
  }

  bool is_empty() const { return first_ == last_; }
  std::size_t count() const { return last_ - first_; }
  double value(std::size_t i) const { return trace_.values[first_ + i]; }
  /// In seconds since the first; of `count()`: where the last one ends.
  double begin(std::size_t i) const { return seconds(time(first_ + i) - trace_.times[first_]); }
  double length(std::size_t i) const { return begin(i + 1) - begin(i); }
  double end() const { return begin(count()); }
  /// The time of the first, and all that was cut off on both sides.
  Duration first_time() const { return trace_.times[first_]; }
  double cut() const { return seconds(time(trace_.times.size()) - trace_.times.front()) - end(); }

 private:
  /// The last row is as long as the one before it.
  Duration time(std::size_t row) const {
    const auto& times{trace_.times};
    const std::size_t n{times.size()};
    return row < n ? times[row] : times[n - 1] + (times[n - 1] - times[n - 2]);
  }

  const LoadTrace& trace_;
  std::size_t first_{0};
  std::size_t last_{0};  ///< one beyond
};

/// The centres of the bins that have a value.
std::vector<Point> centres(const Bins& bins) {
  std::vector<Point> points;
  points.reserve(bins.count());
  for (std::size_t i{0}; i < bins.count(); ++i) {
    if (!std::isfinite(bins.value(i))) continue;
    points.push_back({0.5 * (bins.begin(i) + bins.begin(i + 1)), bins.value(i)});
  }
  return points;
}

/// Seconds in bins without a value, and in those so long that rows must be missing: what they last
/// beyond the usual.
double seconds_unknown(const Bins& bins) {
  constexpr double missing_beyond{10.0};  // times the usual length
  std::vector<double> lengths;
  lengths.reserve(bins.count());
  for (std::size_t i{0}; i < bins.count(); ++i) lengths.push_back(bins.length(i));
  const double usual{percentile(lengths, 0.5)};
  double sum{0.0};
  for (std::size_t i{0}; i < bins.count(); ++i) {
    if (!std::isfinite(bins.value(i))) {
      sum += lengths[i];
    } else if (lengths[i] > missing_beyond * usual) {
      sum += lengths[i] - usual;
    }
  }
  return sum;
}

TimePoint begin_of(const LoadTrace& trace, const Bins& bins) {
  constexpr Duration oldest_clock{std::chrono::seconds{1'000'000'000}};  // September 2001
  constexpr Duration newest_clock{std::chrono::seconds{4'102'444'800}};  // the year 2100
  const Duration first{bins.first_time()};
  if (trace.origin) return *trace.origin + first;
  return first >= oldest_clock && first < newest_clock ? TimePoint{first} : world_begin;
}

/// One value for each second; before the first centre and after the last, that one's.
std::vector<double> interpolated(const std::vector<Point>& points, std::size_t count) {
  std::vector<double> values;
  values.reserve(count);
  std::size_t next{0};
  for (std::size_t s{0}; s < count; ++s) {
    const double at{static_cast<double>(s)};
    while (next < points.size() && points[next].at_s <= at) ++next;
    if (next == 0 || next == points.size()) {
      values.push_back(points[next == 0 ? 0 : next - 1].value);
      continue;
    }
    const Point& a{points[next - 1]};
    const Point& b{points[next]};
    values.push_back(a.value + (b.value - a.value) * (at - a.at_s) / (b.at_s - a.at_s));
  }
  return values;
}

Result<void> scale(const LoadTrace& trace, std::vector<double>& rps, const World& world) {
  if (world.load.scale == LoadWorld::Scale::as_is) return {};
  const double peak{percentile(rps, world.load.peak_percentile)};
  if (peak <= 0.0) {
    return malformed(trace, fmt::format("its {:g}th percentile is 0: nothing to scale by",
                                        100.0 * world.load.peak_percentile));
  }
  const double peak_rps{world.load.peak_replicas * world.replica.capacity_rps};
  const double factor{peak_rps / peak};
  for (double& value : rps) value = std::min(value * factor, peak_rps * world.load.clip_at_peaks);
  return {};
}

/// Machines for the median need, rounded down, at least one; in replicas.
int base_replicas(const std::vector<std::int32_t>& need, const ClusterWorld& cluster) {
  const int per_vm{cluster.replicas_per_vm};
  if (cluster.base_vms) return *cluster.base_vms * per_vm;
  // Counted, not sorted: months of seconds need few different counts.
  std::vector<std::size_t> seconds_needing(
      static_cast<std::size_t>(*std::ranges::max_element(need)) + 1, 0);
  for (const std::int32_t each : need) ++seconds_needing[static_cast<std::size_t>(each)];
  int median{0};
  for (std::size_t below{seconds_needing[0]}; below <= need.size() / 2;) {
    below += seconds_needing[static_cast<std::size_t>(++median)];
  }
  return std::max(1, median / per_vm) * per_vm;
}

}  // namespace

double percentile(std::vector<double> values, double share) {
  SPILLWAY_ASSERT(!values.empty());
  const double rank{share * static_cast<double>(values.size() - 1)};
  const auto low{static_cast<std::size_t>(rank)};
  const auto at{values.begin() + static_cast<std::ptrdiff_t>(low)};
  std::nth_element(values.begin(), at, values.end());
  const double below{*at};
  if (low + 1 == values.size()) return below;
  const double above{*std::min_element(at + 1, values.end())};
  return below + (above - below) * (rank - static_cast<double>(low));
}

Result<Load> prepare(const LoadTrace& trace, const World& world) {
  SPILLWAY_ASSERT(trace.times.size() == trace.values.size());
  if (trace.times.size() < 2) return malformed(trace, "needs at least two rows");
  const Bins bins{trace};
  if (bins.is_empty()) return malformed(trace, "has no value at all");
  const double end_s{bins.end()};
  if (end_s < 2.0 * seconds(world.observed.interval) || end_s > seconds_max) {
    return malformed(trace, fmt::format("lasts {:g} s; expected seconds, at least two intervals of "
                                        "{} and at most two years",
                                        end_s, to_string(world.observed.interval)));
  }
  const auto points{centres(bins)};
  for (const Point& point : points) {
    if (point.value < 0.0) {
      return malformed(trace, fmt::format("is negative ({:g}) near {:.0f} s; a load never is",
                                          point.value, point.at_s + seconds(bins.first_time())));
    }
    if (point.value > rate_max) {
      return malformed(trace,
                       fmt::format("is {:g} near {:.0f} s; more than {:g} is no load", point.value,
                                   point.at_s + seconds(bins.first_time()), rate_max));
    }
  }
  Load load{.name = trace.name,
            .begins = begin_of(trace, bins),
            .interpolated_s = seconds_unknown(bins),
            .cut_s = bins.cut()};
  load.rps = interpolated(points, static_cast<std::size_t>(std::floor(end_s)));
  if (const auto scaled{scale(trace, load.rps, world)}; !scaled) return scaled.error();

  const double highest{*std::max_element(load.rps.begin(), load.rps.end())};
  if (highest > replicas_max * world.replica.capacity_rps) {
    return malformed(trace, fmt::format("peaks at {:g} req/s, more than {:g} replicas hold; set "
                                        "replica.capacity or load.scale of the world",
                                        highest, replicas_max));
  }
  const WaitingSlo slo{world.replica.slo_quantile, seconds(world.replica.slo_wait)};
  load.held_rps = held_rates_up_to(highest, world.replica.capacity_rps, slo);
  load.need.reserve(load.rps.size());
  const auto& held{load.held_rps};
  std::size_t need{0};  // a second mostly needs what the one before did
  for (const double rate : load.rps) {
    const bool is_as_before{rate <= held[need] && (need == 0 || rate > held[need - 1])};
    if (!is_as_before) need = static_cast<std::size_t>(load.need_of(rate));
    load.need.push_back(static_cast<std::int32_t>(need));
    load.total_requests += rate;
  }
  load.base = base_replicas(load.need, world.cluster);
  return load;
}

}  // namespace spillway::backtest
