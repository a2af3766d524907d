#include "policies/latency/auto/error_budget.hpp"

#include <algorithm>
#include <cmath>

#include "policies/latency/auto/load_history.hpp"

namespace spillway::autopilot {
namespace {

constexpr double gain_late{0.03};      // later: a window all late raises the price by 3 %
constexpr double gain_early{0.3};      // at first nothing is known: find the range quickly
constexpr double early_slots{240.0};   // an hour
constexpr double forget_budget{2e-5};  // per slot: half in 6 days
constexpr double forget_load{5e-4};    // per slot: half in 6 hours
constexpr double prior_slots{240.0};   // an hour on budget is assumed before the first
constexpr double aim{0.6};             // of the allowance: what noise would else overdraw

}  // namespace

double ErrorBudget::spent() const {
  return requests_ > 0.0 ? late_requests_ / requests_ : 0.0;
}

void ErrorBudget::spend(double late, double load, double elapsed_s,
                        const BudgetSettings& settings) {
  const double slots{std::clamp(elapsed_s / slot_seconds, 0.0, 8.0)};
  if (age_ == 0.0) usual_load_ = load;
  usual_load_ += std::min(1.0, forget_load * slots) * (load - usual_load_);
  age_ += slots;
  const double keep{1.0 - forget_budget * slots};
  late_requests_ = late_requests_ * keep + late * load * slots;
  requests_ = requests_ * keep + load * slots;

  const double target{aim * settings.allowed_late};
  const double assumed{usual_load_ * prior_slots};
  const double share{(late_requests_ + target * assumed) / (requests_ + assumed + 1e-9)};
  const double pace{std::clamp(2.0 - share / std::max(target, 1e-9), 0.0, 2.0)};
  const double traffic{usual_load_ > 0.0 ? std::min(load / usual_load_, 5.0) : 1.0};
  const double gain{gain_late + (gain_early - gain_late) / (1.0 + age_ / early_slots)};
  price_ *= std::exp(gain * traffic * slots * (late - target * pace));
  // The cap counts last: an owner may set it below the usual least price.
  price_ = std::min(std::max(price_, settings.least_price), settings.price_cap);
}

}  // namespace spillway::autopilot
