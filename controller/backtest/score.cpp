#include "controller/backtest/score.hpp"

#include <cmath>

#include "controller/backtest/load.hpp"

namespace spillway::backtest {
namespace {

/// Less than a millionth of a dollar is nothing.
constexpr double nothing_usd{1e-6};

std::optional<double> factor(double cost_usd, double least_usd) {
  if (least_usd > nothing_usd) return cost_usd / least_usd;
  return cost_usd > nothing_usd ? std::nullopt : std::optional{1.0};
}

/// The geometric mean of those that are there and more than 0.
class GeometricMean {
 public:
  void add(std::optional<double> value) {
    if (!value || *value <= 0.0) return;
    logs_ += std::log(*value);
    ++count_;
  }
  std::optional<double> value() const {
    if (count_ == 0) return std::nullopt;
    return std::exp(logs_ / count_);
  }
  int count() const { return count_; }

 private:
  double logs_{0.0};
  int count_{0};
};

}  // namespace

std::optional<double> Score::ratio() const {
  return factor(burst_cost_usd, optimum_cost_usd);
}

std::optional<double> Score::j30() const {
  return factor(objective_usd, optimum_objective_usd);
}

Score score(std::span<const Outcome> outcomes, const Optimum& optimum, const World& world) {
  SPILLWAY_ASSERT(!outcomes.empty());
  Score mean{.optimum_cost_usd = optimum.covering_usd,
             .optimum_objective_usd = optimum.priced_usd,
             .days = outcomes.front().seconds / 86'400.0};
  const double part{1.0 / static_cast<double>(outcomes.size())};
  for (const Outcome& each : outcomes) {
    const double requests{each.total_requests > 0.0 ? each.total_requests : 1.0};
    mean.late_share += part * each.late_requests / requests;
    mean.dropped_share += part * each.dropped_requests / requests;
    mean.burst_cost_usd += part * each.burst_cost_usd;
    mean.objective_usd +=
        part * (each.burst_cost_usd + late_request_usd(world) * each.late_requests);
    mean.creates += part * static_cast<double>(each.creates);
    mean.failed_creates += part * static_cast<double>(each.failed_creates);
    mean.vm_creates += part * static_cast<double>(each.vm_creates);
    mean.under_accuracy += part * each.under_accuracy;
    mean.over_accuracy += part * each.over_accuracy;
    mean.under_timeshare += part * each.under_timeshare;
    mean.over_timeshare += part * each.over_timeshare;
    mean.instability += part * each.instability;
    mean.adaptations_per_day += part * each.adaptations_per_day;
  }
  return mean;
}

Summary summarize(std::span<const Score> scores) {
  Summary summary{.loads = static_cast<int>(scores.size())};
  if (scores.empty()) return summary;
  std::vector<double> late;
  late.reserve(scores.size());
  GeometricMean ratio{};
  GeometricMean j30{};
  const auto count{static_cast<double>(scores.size())};
  for (const Score& each : scores) {
    late.push_back(each.late_share);
    summary.late_share_mean += each.late_share / count;
    summary.creates_per_day += each.creates_per_day() / count;
    if (each.late_share <= 0.01) ++summary.within_1_percent;
    ratio.add(each.ratio());
    j30.add(each.j30());
  }
  summary.late_share_median = percentile(late, 0.5);
  summary.ratio = ratio.value();
  summary.j30 = j30.value();
  summary.ratio_loads = ratio.count();
  summary.j30_loads = j30.count();
  return summary;
}

}  // namespace spillway::backtest
