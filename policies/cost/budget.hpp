// Caps what burst replicas may cost per calendar hour, day and month (UTC), and slows down long
// before a cap is reached instead of stopping at it.
//
//   left  = cap - spent in the period            T = time left in the period
//   D     = min(T, max(T / pace, 5 min))         how long the money has to last at the present rate
//   burst <= left / (price per replica * D)      the least of hour, day and month
//
// `pace` is how much faster than evenly the money may be spent: with 1 every hour of the day has
// its share, with 4 a burst at noon may use what the quiet night left. As money goes, so does the
// bound: it shrinks with what is left and ends at zero, not at a cliff. Running replicas are kept
// unless `when_spent: shrink` says that they, too, may go.
//
// Example: 20 USD a day, 12.10 spent, 9.2 h left, 0.0594 USD/h a replica, pace 4: D = 2.3 h, and
// 7.90 / (0.0594 * 2.3) = 57 burst replicas. With 1 USD left: 7.
// Without caps, or while the price is unknown, it has no opinion. Needs no reading: money is
// counted by our own ledger. Source: pacing as in advertisement budgets (Agarwal et al., KDD 2014),
// with a horizon.
#pragma once

#include <optional>

#include "controller/core/fields.hpp"
#include "policies/policy.hpp"

namespace spillway {

enum class WhenSpent { keep, shrink };

struct BudgetSettings {
  std::optional<Money> per_hour{};
  std::optional<Money> per_day{};
  std::optional<Money> per_month{};
  double pace{4.0};
  WhenSpent when_spent{WhenSpent::keep};
};

void describe(Fields& fields, BudgetSettings& settings);

class Budget final : public Policy {
 public:
  using Settings = BudgetSettings;
  static constexpr std::string_view type{"budget"};
  static constexpr std::string_view help{
      "Cap what burst replicas cost per hour, day and month, and slow down before the cap."};

  explicit Budget(Settings settings);

  std::string_view name() const override { return type; }
  bool holds_by_itself() const override { return true; }
  bool only_limits() const override { return true; }
  Recommendation recommend(const Snapshot& now, const History& past) const override;

 private:
  Settings settings_;
};

}  // namespace spillway
