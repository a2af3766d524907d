// How the Kubernetes HPA goes from a proposed count to the count it sets, with its defaults:
//
//   every 15 s
//   down  the highest proposal of the last 300 s          (stabilization window)
//   up    at most max(n0 + 4, 2 n0), where n0 is the count 15 s ago
//   n     never below the minimum, which is 1 or more; 0 is left alone
//
// Example: 10 set, 4 proposed, 9 proposed a minute ago: 9. 10 set 15 s ago, 37 proposed: 20.
// Source: Kubernetes `horizontal.go`, `pkg/apis/autoscaling/v2/defaults.go`. Also KEDA's, which
// generates an HPA.
#pragma once

#include <vector>

#include "controller/core/fields.hpp"
#include "controller/core/history.hpp"
#include "controller/core/recommendation.hpp"
#include "controller/core/units.hpp"

namespace spillway {

struct HpaBehaviorSettings {
  Duration sync_period{std::chrono::seconds{15}};
  Duration scale_down_window{std::chrono::minutes{5}};
  double tolerance{0.1};  ///< of the ratio between the metric and its target
};

void describe(Fields& fields, HpaBehaviorSettings& settings);

/// What the HPA controller keeps in its memory.
class HpaBehavior {
 public:
  /// From a policy's memory; `found` replicas on the first tick.
  HpaBehavior(const Memory& memory, int found);

  int count() const { return count_; }
  /// Somebody else (KEDA's 0 <-> 1) has set the count.
  void set(int count) { count_ = count; }
  /// Whether a sync is due at `now`; between two syncs the count stays.
  bool is_due(TimePoint now, const HpaBehaviorSettings& settings) const;
  /// Takes a proposal and sets the count.
  void follow(int proposed, int minimum, TimePoint now, const HpaBehaviorSettings& settings);

  Memory memory() const;

 private:
  int count_;
  TimePoint synced_at_{};
  std::vector<CountAt> proposals_{};  ///< within the window, oldest first
  std::vector<CountAt> added_{};      ///< within the sync period, oldest first
};

}  // namespace spillway
