#include "controller/backtest/load.hpp"

#include <fmt/format.h>

#include <cmath>

#include "controller/backtest/erlang.hpp"

namespace spillway::backtest {
namespace {

/// Ten years of seconds: more is a trace in other units.
constexpr double seconds_max{3.2e8};
/// The table of what replicas hold costs the square of this: a few tenths of a second.
constexpr double replicas_max{3000.0};

struct Point {
  double at_s;
  double value;
};

Error malformed(const LoadTrace& trace, std::string what) {
  return {Errc::malformed, fmt::format("trace {}: {}", trace.name, what)};
}

/// Since the first row: of what was before it the trace tells nothing.
double since_begin(const LoadTrace& trace, Duration time) {
  return seconds(time - trace.times.front());
}

/// The centres of the bins that have a value.
std::vector<Point> centres(const LoadTrace& trace, double end_s) {
  std::vector<Point> points;
  points.reserve(trace.times.size());
  for (std::size_t i{0}; i < trace.times.size(); ++i) {
    if (!std::isfinite(trace.values[i])) continue;
    const double begin{since_begin(trace, trace.times[i])};
    const double end{i + 1 < trace.times.size() ? since_begin(trace, trace.times[i + 1]) : end_s};
    points.push_back({0.5 * (begin + end), trace.values[i]});
  }
  return points;
}

double end_seconds(const LoadTrace& trace) {
  const std::size_t n{trace.times.size()};
  return since_begin(trace, trace.times[n - 1] + (trace.times[n - 1] - trace.times[n - 2]));
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
  std::vector<std::int32_t> sorted{need};
  const auto middle{sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2)};
  std::nth_element(sorted.begin(), middle, sorted.end());
  return std::max(1, *middle / per_vm) * per_vm;
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
  const double end_s{end_seconds(trace)};
  if (end_s < 2.0 * seconds(world.observed.interval) || end_s > seconds_max) {
    return malformed(trace, fmt::format("lasts {:g} s; expected seconds, at least two intervals of "
                                        "{} and at most ten years",
                                        end_s, to_string(world.observed.interval)));
  }
  const auto points{centres(trace, end_s)};
  if (points.empty()) return malformed(trace, "has no value at all");
  for (const Point& point : points) {
    if (point.value < 0.0) {
      return malformed(trace, fmt::format("is negative ({:g}) near {:.0f} s; a load never is",
                                          point.value, point.at_s + seconds(trace.times.front())));
    }
  }
  Load load{.name = trace.name};
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
  for (const double rate : load.rps) {
    load.need.push_back(load.need_of(rate));
    load.total_requests += rate;
  }
  load.base = base_replicas(load.need, world.cluster);
  return load;
}

}  // namespace spillway::backtest
