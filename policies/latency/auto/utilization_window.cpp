#include "policies/latency/auto/utilization_window.hpp"

#include <algorithm>
#include <cmath>

#include "policies/latency/auto/load_history.hpp"

namespace spillway::autopilot {
namespace {

constexpr std::array<double, 5> taus_s{0.0, 30.0, 75.0, 150.0, 300.0};
constexpr double samples_kept{240.0};   // an hour
constexpr double samples_enough{20.0};  // five minutes
constexpr double clearly_less{0.3};     // of the scatter
constexpr double noise_variance{0.04};  // readings differ by 20 % without a reason
constexpr double farthest_log{3.0};     // of log(rate): a reading beyond is no measurement
constexpr double as_now{0.25};
constexpr double as_now_at_most{1.0 + as_now};

}  // namespace

void UtilizationWindow::bound() {
  for (std::size_t i{0}; i < lengths; ++i) {
    work_[i] = std::clamp(work_[i], 0.0, largest_rate_rps);
    mean_[i] = std::clamp(mean_[i], -100.0, 100.0);
    scatter_[i] = std::clamp(scatter_[i], 0.0, 100.0);
  }
  samples_ = std::clamp(samples_, 0.0, samples_kept);
  best_ = std::clamp(std::round(best_), 0.0, static_cast<double>(lengths - 1));
}

bool UtilizationWindow::is_current() const {
  return !is_longer() || std::abs(work() - work_[0]) <= as_now * work_[0];
}

void UtilizationWindow::see(double work, double utilization, bool is_telling, double elapsed_s) {
  const bool is_first{samples_ == 0.0 && work_[0] == 0.0};
  work_[0] = work;
  for (std::size_t i{1}; i < lengths; ++i) {
    const double share{is_first ? 1.0 : 1.0 - std::exp(-elapsed_s / taus_s[i])};
    work_[i] += share * (work - work_[i]);
  }
  if (!is_telling || work <= 0.0 || utilization <= 0.0) return;
  // Where all of them agree a sample says nothing of the length, and calm hours are no reason to
  // forget what the last jump told.
  const auto [low, high]{std::ranges::minmax(work_)};
  if (high < as_now_at_most * low) return;
  const double weight{elapsed_s / slot_seconds};
  samples_ = std::min(samples_ + weight, samples_kept);
  const double gain{std::min(1.0, weight / samples_)};
  const double log_utilization{std::log(utilization)};
  for (std::size_t i{0}; i < lengths; ++i) {
    const double told{std::log(std::max(work_[i], 1e-9)) - log_utilization};
    const double rate{
        gain < 1.0 ? std::clamp(told, mean_[i] - farthest_log, mean_[i] + farthest_log) : told};
    const double off{rate - mean_[i]};
    mean_[i] += gain * off;
    scatter_[i] += gain * (off * off * (1.0 - gain) - scatter_[i]);
  }
  choose();
}

void UtilizationWindow::choose() {
  if (samples_ < samples_enough) return;
  const auto least{std::min_element(scatter_.begin(), scatter_.end())};
  const auto current{static_cast<std::size_t>(best_)};
  if (scatter_[0] < noise_variance) {
    best_ = 0.0;
  } else if (*least < clearly_less * scatter_[current]) {
    best_ = static_cast<double>(least - scatter_.begin());
  }
}

}  // namespace spillway::autopilot
