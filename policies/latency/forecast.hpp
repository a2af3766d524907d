// Looks ahead by what happened at this time in earlier seasons: replicas start before the load
// comes, by as much as a start takes. Compares itself with doing nothing clever, and steps back
// when it is worse.
//
//   The season (a day) is cut into slots; of each the highest load of the last `seasons` is kept.
//   Q(slot) = the `quantile` of these        horizon h = measured p95 start time + `lead`
//   rise    = max over the slots of [now, now + h] of Q  -  Q(slot of now), at least 0
//   forecast = load + rise                   floor = ceil(forecast / (target_utilization *
//   capacity)) trust: every forecast is compared with the highest load that came within h, and so
//   is "the load stays as it is"; errors cost `quantile` per missing and 1 - `quantile` per surplus
//   request/s (pinball loss), forgotten over a day. While the forecast's cost is higher, rise = 0.
//
// Example: 08:59, 50 req/s; the slots of 08:45 had 60, 64, 62 at most, those of 09:00 had 190, 214,
// 200; at the median the rise is 200 - 62 = 138: 188 req/s, ceil(188 / 7) = 27 replicas at 70 % of
// 10 req/s, a minute before they are needed. Slots follow UTC: a change of the clocks costs a
// season. Source: seasonal naive forecasting with a quantile, as in Autopilot (EuroSys 2020) and
// Crane; the reactive path as a floor: Chamulteon (ICDCS 2019); pinball loss: Koenker and Bassett
// 1978. The capacity is learned (utilization_law.hpp) if it is not set. A missing or stale load
// asks to hold.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "controller/core/fields.hpp"
#include "policies/policy.hpp"

namespace spillway {

struct ForecastSettings {
  Duration season{std::chrono::hours{24}};
  Duration slot{std::chrono::minutes{15}};
  int seasons{4};
  double quantile{0.75};
  Duration lead{std::chrono::seconds{15}};
  double target_utilization{0.7};
  std::optional<double> replica_capacity_rps{};
};

void describe(Fields& fields, ForecastSettings& settings);

class Forecast final : public Policy {
 public:
  using Settings = ForecastSettings;
  static constexpr std::string_view type{"forecast"};
  static constexpr std::string_view help{
      "Start replicas before the load comes, by what earlier days had at this time."};
  /// Slots times (seasons + 1) may not exceed this: the memory is journalled with decisions.
  static constexpr int most_kept{2500};

  explicit Forecast(Settings settings);

  std::string_view name() const override { return type; }
  std::vector<std::string> signals() const override;
  /// Memory: see forecast_memory.hpp; at most `most_kept` numbers and about 80 more.
  Recommendation recommend(const Snapshot& now, const History& past) const override;

 private:
  Settings settings_;
};

}  // namespace spillway
