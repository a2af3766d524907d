// One run as a plot wants it: a bounded number of equal stretches of time, however long the run.
// Counts are means over the stretch, need and load also their highest; late requests and cost are
// sums; the last decision that changed something stands for the stretch.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "controller/backtest/simulation.hpp"

namespace spillway::backtest {

struct Stretch {
  int begin_s{0};
  int intervals{0};
  double load_rps{0.0};
  double load_max_rps{0.0};
  int need_max{0};
  double base{0.0};
  double vms{0.0};       ///< ready
  double burst{0.0};     ///< ready
  double starting{0.0};  ///< burst and VMs
  double requests{0.0};
  double late_requests{0.0};
  double cost_usd{0.0};
  std::string words{};  ///< of the last decision that changed a count here; empty: none did
};

class Timeline {
 public:
  /// For a run of `intervals` control intervals of `interval_s` seconds.
  Timeline(std::size_t intervals, double interval_s, std::size_t stretches_max = 1500);

  void add(const Interval& interval, const Decision& decision);

  /// Ends the last stretch.
  std::vector<Stretch> finish() &&;

 private:
  void close();

  std::size_t per_stretch_;
  double interval_s_;
  std::vector<Stretch> stretches_{};
  Stretch current_{};
  int last_desired_{-1};
  int last_vms_{-1};
};

}  // namespace spillway::backtest
