#include "controller/backtest/optimum.hpp"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <vector>

namespace spillway::backtest {
namespace {

constexpr double impossible{std::numeric_limits<double>::infinity()};

/// One control interval, or several that ask for the same.
struct Step {
  double length_s{0.0};
  int over{0};           ///< replicas needed beyond the fixed cluster
  int burst_max{0};      ///< more are never useful here
  int vms_max{0};        ///< likewise, machines
  double requests{0.0};  ///< late with fewer
};

struct Costs {
  double burst_per_s;
  double vm_per_s;
  double burst_start;
  double vm_start;
  double late;
  int per_vm;
};

Costs costs_of(const World& world) {
  const double burst{burst_price(world.burst).per_hour.usd() / 3600.0};
  const double vm{world.cluster.vm_price.per_hour.usd() / 3600.0};
  return {.burst_per_s = burst,
          .vm_per_s = vm,
          .burst_start = burst * mean_start_seconds(world.burst),
          .vm_start = vm * mean_vm_start_seconds(world.cluster),
          .late = late_request_usd(world),
          .per_vm = world.cluster.replicas_per_vm};
}

/// For each step the lower of the highest `over` within `reach` steps before and after it. What
/// runs idle there only bridges a gap, and bridging more than `reach` steps costs more than a
/// start.
std::vector<int> useful(const std::vector<Step>& steps, int reach) {
  const int count{static_cast<int>(steps.size())};
  std::vector<int> most(steps.size(), 0);
  for (int i{0}; i < count; ++i) {
    int before{0};
    int after{0};
    for (int d{0}; d <= reach; ++d) {
      const int left{i - d};
      const int right{i + d};
      if (left >= 0) before = std::max(before, steps[static_cast<std::size_t>(left)].over);
      if (right < count) after = std::max(after, steps[static_cast<std::size_t>(right)].over);
    }
    most[static_cast<std::size_t>(i)] = std::min(before, after);
  }
  return most;
}

std::vector<Step> steps_of(const Load& load, const World& world) {
  const auto length{static_cast<std::size_t>(
      std::chrono::duration_cast<std::chrono::seconds>(world.observed.interval).count())};
  std::vector<Step> steps;
  steps.reserve(load.rps.size() / length + 1);
  for (std::size_t begin{0}; begin < load.rps.size(); begin += length) {
    const std::size_t end{std::min(begin + length, load.rps.size())};
    double requests{0.0};
    for (std::size_t s{begin}; s < end; ++s) requests += load.rps[s];
    const double length_s{static_cast<double>(end - begin)};
    const int over{std::max(0, load.need_of(requests / length_s) - load.base)};
    steps.push_back({.length_s = length_s, .over = over, .requests = requests});
  }
  const double step_s{static_cast<double>(length)};
  const auto reach{[&](double start_s) { return static_cast<int>(start_s / step_s); }};
  const auto burst{useful(steps, reach(mean_start_seconds(world.burst)))};
  const auto vms{useful(steps, reach(mean_vm_start_seconds(world.cluster)))};
  const int per_vm{world.cluster.replicas_per_vm};
  for (std::size_t i{0}; i < steps.size(); ++i) {
    steps[i].burst_max = burst[i];
    steps[i].vms_max = (vms[i] + per_vm - 1) / per_vm;
  }
  return steps;
}

/// Steps in a row that cost the same in every state count as one: staying in the cheapest state
/// that a path through them visits is never dearer (moves obey the triangle inequality).
std::vector<Step> merged(const std::vector<Step>& steps, bool is_priced) {
  std::vector<Step> runs;
  for (const Step& step : steps) {
    const bool extends{!runs.empty() && runs.back().over == step.over &&
                       runs.back().burst_max == step.burst_max &&
                       runs.back().vms_max == step.vms_max && (!is_priced || step.over == 0)};
    if (extends) {
      runs.back().length_s += step.length_s;
    } else {
      runs.push_back(step);
    }
  }
  return runs;
}

/// The cheapest way to each state so far; states outside the last step's bounds are impossible.
class Table {
 public:
  Table(int burst_max, int vms_max, const Costs& costs)
      : stride_{burst_max + 1},
        costs_{costs},
        cheapest_(static_cast<std::size_t>(stride_) * static_cast<std::size_t>(vms_max + 1),
                  impossible) {
    cheapest_[0] = 0.0;
  }

  void advance(const Step& step, bool is_priced) {
    const int bursts{std::max(burst_max_, step.burst_max)};
    const int vms{std::max(vms_max_, step.vms_max)};
    move_bursts(bursts, vms);
    move_vms(bursts, vms);
    stay(step, is_priced, bursts, vms);
    burst_max_ = step.burst_max;
    vms_max_ = step.vms_max;
  }

  double best() const { return *std::min_element(cheapest_.begin(), cheapest_.end()); }

 private:
  double* row(int vms) { return cheapest_.data() + static_cast<std::ptrdiff_t>(vms) * stride_; }

  void move_bursts(int bursts, int vms) {
    for (int v{0}; v <= vms; ++v) {
      double* const at{row(v)};
      for (int a{1}; a <= bursts; ++a) at[a] = std::min(at[a], at[a - 1] + costs_.burst_start);
      for (int a{bursts}; a > 0; --a) at[a - 1] = std::min(at[a - 1], at[a]);
    }
  }

  void move_vms(int bursts, int vms) {
    for (int v{1}; v <= vms; ++v) {
      for (int a{0}; a <= bursts; ++a) {
        row(v)[a] = std::min(row(v)[a], row(v - 1)[a] + costs_.vm_start);
      }
    }
    for (int v{vms}; v > 0; --v) {
      for (int a{0}; a <= bursts; ++a) row(v - 1)[a] = std::min(row(v - 1)[a], row(v)[a]);
    }
  }

  void stay(const Step& step, bool is_priced, int bursts, int vms) {
    for (int v{0}; v <= vms; ++v) {
      double* const at{row(v)};
      for (int a{0}; a <= bursts; ++a) {
        const int extra{a + v * costs_.per_vm};
        const bool is_useful{a <= step.burst_max && v <= step.vms_max};
        if (!is_useful || (extra < step.over && !is_priced)) {
          at[a] = impossible;
          continue;
        }
        at[a] += step.length_s * (a * costs_.burst_per_s + v * costs_.vm_per_s);
        if (extra < step.over) at[a] += costs_.late * step.requests;
      }
    }
  }

  int stride_;
  Costs costs_;
  std::vector<double> cheapest_;
  int burst_max_{0};
  int vms_max_{0};
};

double least_cost(const std::vector<Step>& steps, const Costs& costs, bool is_priced) {
  int burst_max{0};
  int vms_max{0};
  for (const Step& step : steps) {
    burst_max = std::max(burst_max, step.burst_max);
    vms_max = std::max(vms_max, step.vms_max);
  }
  Table table{burst_max, vms_max, costs};
  for (const Step& run : merged(steps, is_priced)) table.advance(run, is_priced);
  return table.best();
}

}  // namespace

Optimum optimum(const Load& load, const World& world) {
  const std::vector<Step> steps{steps_of(load, world)};
  const Costs costs{costs_of(world)};
  return {.covering_usd = least_cost(steps, costs, false),
          .priced_usd = least_cost(steps, costs, true)};
}

}  // namespace spillway::backtest
