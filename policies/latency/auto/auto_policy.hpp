// The default policy: from a latency objective to a count, without a utilization target to guess.
// Each tick: how the load may develop until a new replica would serve, as a distribution
// (`Prediction`); how much load so many replicas hold within the objective (`StaffingTable`, with a
// service rate it learns); what a late request may cost for the promise to be kept (`ErrorBudget`);
// the count with the least rent plus price of lateness, starts and restarts (`choose`); how much
// more than the model says is needed (`ModelDoubt`, `LatenessCeiling`); and whether a burst has
// become a machine (`VmTier`), or need not be started since a standby pool has it (`StandbyTier`).
//
// Needs the signal `load`; `utilization` or `late` to learn the service rate unless a capacity is
// set; `late` to spend the error budget; `queue` to work off a backlog. It holds and releases by
// itself: with it, `behavior.scale_in.stabilization_window` is 0 s unless it is set.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "controller/core/fields.hpp"
#include "policies/latency/auto/staffing_table.hpp"
#include "policies/policy.hpp"

namespace spillway {

namespace autopilot {
struct State;
struct Choice;
}  // namespace autopilot

struct AutoSettings {
  /// A p95 wait of 200 ms goes unnoticed in most web pages.
  Duration wait{std::chrono::milliseconds{200}};
  double quantile{0.95};
  double late_share{0.01};
  std::optional<double> late_price{};
  double late_price_cap{75.0};
  std::optional<double> replica_capacity_rps{};
  Duration metric_delay{std::chrono::seconds{15}};
  int creates_per_hour{300};
  HourlyPrice replica_price{usd(0.0594)};  ///< 1 vCPU, 2 GB in the reference world
  int vm_replicas{0};
  HourlyPrice vm_price{usd(0.192)};  ///< D4s_v5 in East US
  Duration vm_start{std::chrono::seconds{210}};
};

void describe(Fields& fields, AutoSettings& settings);

class AutoPolicy final : public Policy {
 public:
  using Settings = AutoSettings;
  static constexpr std::string_view type{"auto"};
  static constexpr std::string_view help{
      "The default: keeps a latency objective at the least cost, and learns all it needs."};

  explicit AutoPolicy(Settings settings);

  std::string_view name() const override { return type; }
  std::vector<std::string> signals() const override;
  bool holds_by_itself() const override { return true; }
  /// Memory: about 670 numbers, and 550 more where there is a standby pool: `autopilot::State`.
  Recommendation recommend(const Snapshot& now, const History& past) const override;

 private:
  Recommendation without_load(const Snapshot& now, KeptMemory memory) const;
  Recommendation without_rate(const Snapshot& now, double load, KeptMemory memory) const;
  /// Those of its readings that are fresh: looked up once.
  struct Signals {
    std::optional<double> load;
    std::optional<double> utilization;
    std::optional<double> late;
    std::optional<double> queue;
  };
  static Signals signals_of(const Readings& readings);
  struct Seen {
    Signals signals;
    double load;  ///< as far as it is believed
    double elapsed_s;
    double rate;
  };
  void learn_lateness(const Seen& seen, const autopilot::StaffingTable& table,
                      autopilot::State& state) const;
  /// Without a memory: the state has it.
  Recommendation decide(const Snapshot& now, const Seen& seen, autopilot::State& state) const;

  Settings settings_;
  std::shared_ptr<const autopilot::StaffingCurves> curves_;
};

}  // namespace spillway
