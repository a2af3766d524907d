// Another replica must save more than it costs: the ceiling is the count at which one more would
// cost more than the lateness that it prevents is worth.
//
//   late(n)  = load * P(wait > `wait`) with n replicas            requests per second (erlang.hpp)
//   saves(n) = (late(n - 1) - late(n)) * price per late request   what the n-th one is worth
//   ceiling  = the highest n with saves(n) >= price of a replica  at load * (1 + headroom)
//
// With fewer replicas than the load keeps busy, each one more serves its rate in time. If even that
// is worth less than a replica costs, nothing is burst at all.
//
// Example: 120 req/s (headroom 0) on replicas of 10 req/s at 0.0594 USD/h, 0.05 USD per 1000 late
// requests, wait 200 ms. With 14 replicas 0.88 % wait longer, with 15 0.08 %, with 16 0.007 %: the
// 15th saves 0.96 late requests/s, worth 0.17 USD/h, the 16th only 0.016 USD/h: the ceiling is 15.
// Source: marginal analysis, as in the newsvendor; the price of lateness is the owner's to say.
// The capacity is learned (utilization_law.hpp) if it is not set. A missing load asks to hold.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "controller/core/fields.hpp"
#include "policies/policy.hpp"

namespace spillway {

struct MarginalValueSettings {
  std::optional<Money> per_1000_late{};
  Duration wait{std::chrono::milliseconds{200}};
  double headroom{0.2};
  std::optional<double> replica_capacity_rps{};
};

void describe(Fields& fields, MarginalValueSettings& settings);

/// The highest count of which the last replica still pays. `late_usd` per late request and
/// `price_usd_per_s` are positive.
Replicas worthwhile(double load_rps, double rate_rps, double wait_s, double late_usd,
                    double price_usd_per_s);

class MarginalValue final : public Policy {
 public:
  using Settings = MarginalValueSettings;
  static constexpr std::string_view type{"marginal_value"};
  static constexpr std::string_view help{
      "Run another replica only if it saves more lateness than it costs."};

  explicit MarginalValue(Settings settings);

  std::string_view name() const override { return type; }
  bool holds_by_itself() const override { return true; }
  bool only_limits() const override { return true; }
  std::vector<std::string> signals() const override;
  /// Memory: the service rate.
  Recommendation recommend(const Snapshot& now, const History& past) const override;

 private:
  Settings settings_;
};

}  // namespace spillway
