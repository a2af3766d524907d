#include "policies/cost/budget.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <vector>

#include "controller/core/ledger.hpp"
#include "policies/cost/burst_room.hpp"
#include "policies/staffing.hpp"

namespace spillway {
namespace {

/// Below this a pace means nothing: a replica that is created is paid for minutes at least.
constexpr Duration shortest_look{std::chrono::minutes{5}};

struct Period {
  std::string_view name{};
  Money cap{};
  Money spent{};
  Duration left{};
};

TimePoint month_after(TimePoint month) {
  const std::chrono::year_month_day date{std::chrono::floor<std::chrono::days>(month)};
  return std::chrono::sys_days{date.year() / date.month() / 1 + std::chrono::months{1}};
}

std::vector<Period> periods(const Snapshot& now, const BudgetSettings& settings) {
  const PeriodStarts starts{period_starts(now.taken_at)};
  std::vector<Period> all{};
  const auto add{[&](std::string_view name, std::optional<Money> cap, Money spent, TimePoint end) {
    if (cap) all.push_back({name, *cap, spent, std::max(Duration{1000}, end - now.taken_at)});
  }};
  add("hour", settings.per_hour, now.spend.this_hour, starts.hour + std::chrono::hours{1});
  add("day", settings.per_day, now.spend.today, starts.day + std::chrono::days{1});
  add("month", settings.per_month, now.spend.this_month, month_after(starts.month));
  return all;
}

Replicas affordable(const Period& period, HourlyPrice price, double pace) {
  const double left_usd{(period.cap - period.spent).usd()};
  if (left_usd <= 0.0) return 0_replicas;
  const double left_s{seconds(period.left)};
  const double lasts_s{std::min(left_s, std::max(left_s / pace, seconds(shortest_look)))};
  const double exact{left_usd / (price.per_hour.usd() * lasts_s / 3600.0)};
  return {static_cast<int>(
      std::clamp(std::floor(exact + 1e-9), 0.0, static_cast<double>(most_replicas.count)))};
}

}  // namespace

void describe(Fields& fields, BudgetSettings& settings) {
  static constexpr std::array<std::string_view, 2> words{"keep", "shrink"};
  fields.money("per_hour", settings.per_hour, "Cap per calendar hour.");
  fields.money("per_day", settings.per_day, "Cap per calendar day (UTC).");
  fields.money("per_month", settings.per_month, "Cap per calendar month (UTC).");
  fields.number("pace", settings.pace, {.min = 1.0, .max = 1000.0},
                "How much faster than evenly the money may be spent: 1 gives every hour its share, "
                "more lets one burst use what quiet hours left.");
  choose(fields, "when_spent", settings.when_spent, words,
         "What happens to running replicas beyond the budget: `keep` them and add none, or "
         "`shrink`, which drains them.");
  fields.require(settings.per_hour || settings.per_day || settings.per_month,
                 "a budget needs per_hour, per_day or per_month");
}

Budget::Budget(Settings settings) : settings_{settings} {}

Recommendation Budget::recommend(const Snapshot& now, const History& past) const {
  Recommendation asked{.policy = std::string{type}};
  const auto all{periods(now, settings_)};
  if (all.empty()) {
    asked.words = "no cap is set";
    return asked;
  }
  const bool is_priced{now.replica_price.per_hour > Money{}};
  std::optional<Replicas> allowed{};
  for (const Period& period : all) {
    const bool is_spent{period.spent >= period.cap};
    if (!is_priced && !is_spent) continue;
    const Replicas here{is_spent ? 0_replicas
                                 : affordable(period, now.replica_price, settings_.pace)};
    if (allowed && here >= *allowed) continue;
    allowed = here;
    asked.because = is_spent ? Because::budget_spent : Because::budget_pace;
    asked.words = fmt::format("{}: {} of {} spent, {:.1f} h left: {} burst replicas", period.name,
                              to_string(period.spent), to_string(period.cap),
                              seconds(period.left) / 3600.0, here.count);
  }
  if (!allowed) {
    asked.words = "the price of a replica is unknown";
    return asked;
  }
  const auto running{running_burst(now, past)};
  if (settings_.when_spent == WhenSpent::keep && running && *running > *allowed) {
    asked.words += fmt::format("; the {} that run are kept", running->count);
    allowed = running;
  }
  asked.ceiling = total_with_burst(*allowed, now, past);
  if (!asked.ceiling) asked.words += "; the cluster is unknown";
  return asked;
}

}  // namespace spillway
