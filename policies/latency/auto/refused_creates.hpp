// Replicas that were asked for and did not come: the provider refuses them (no capacity, a quota).
// Only machines can take their place then, and waiting for the break-even of a burst that never
// bills would leave the load without either.
//
//   lacking = asked for at the last decision - those that serve or start now, above 0
//
// What is lacking at every decision for two minutes counts: less than that is a create that failed
// and is tried again, a quota that is used up for a moment, or a fleet that is read late. Example:
// 20 are asked for and 4 serve for two minutes: 16 cannot be had, and four machines of four take
// their place now rather than after a break-even of 15 minutes.
//
// Only where creates have worked before: with `mode: observe` nothing comes either, and nothing is
// refused.
#pragma once

#include <algorithm>

namespace spillway::autopilot {

class RefusedCreates {
 public:
  /// `burst` replicas serve or start now, and a start takes up to `start_s`: who does not tell of
  /// starts shows them when they serve. Call once for each decision.
  void see(int burst, double elapsed_s, double start_s) {
    const double now{static_cast<double>(burst)};
    if (now > seen_ && seen_ >= 0.0) has_worked_ = 1.0;
    seen_ = now;
    const double missing{asked_ - now};
    if (missing < 1.0 || has_worked_ == 0.0) {
      lacking_ = lasted_s_ = is_believed_ = 0.0;
      return;
    }
    lacking_ = lasted_s_ > 0.0 ? std::min(lacking_, missing) : missing;
    lasted_s_ += elapsed_s;
    is_believed_ = lasted_s_ >= std::max(believed_after_s, 1.5 * start_s) ? 1.0 : 0.0;
  }
  /// Burst replicas asked for by this decision.
  void ask(int burst) { asked_ = static_cast<double>(burst); }
  /// Replicas that cannot be had.
  int count() const { return is_believed_ > 0.0 ? static_cast<int>(lacking_) : 0; }

  template <class Archive>
  void keep(Archive& archive) {
    archive.number(asked_);
    archive.number(lacking_);
    archive.number(lasted_s_);
    archive.number(is_believed_);
    archive.number(seen_);
    archive.number(has_worked_);
    asked_ = std::clamp(asked_, 0.0, 1e6);  // a memory may be anything
    lacking_ = std::clamp(lacking_, 0.0, 1e6);
  }

 private:
  static constexpr double believed_after_s{120.0};
  double asked_{0.0};
  double lacking_{0.0};  ///< the fewest for as long as any were
  double lasted_s_{0.0};
  double is_believed_{0.0};  ///< 1: they cannot be had
  double seen_{-1.0};        ///< at the last decision; -1: none yet
  double has_worked_{0.0};   ///< 1: replicas have come before
};

}  // namespace spillway::autopilot
