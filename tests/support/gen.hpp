// Generated values for property tests: a seed gives the same world on every machine. What it makes
// is always possible in the live loop; impossible worlds would test nothing.
#pragma once

#include <doctest/doctest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "controller/core/history.hpp"
#include "controller/core/planner.hpp"
#include "controller/core/recommendation.hpp"
#include "controller/core/snapshot.hpp"

namespace spillway::testing {

class Gen {
 public:
  explicit Gen(std::uint64_t seed) : state_{seed} {}

  /// Uniform, both ends included.
  int integer(int low, int high);
  double real(double low, double high);
  bool chance(double probability) { return real(0.0, 1.0) < probability; }
  /// An instant of one fixed day.
  TimePoint instant();

  /// A reading of `value`: mostly fresh, at times stale or missing.
  Reading reading(double value, TimePoint now);
  BasePool base();
  /// Groups in any phase, all of one size.
  std::vector<Group> groups(TimePoint now, GroupSize size, int count_max);
  /// Base and burst; a part that could not be listed is absent with probability `unknown`.
  Fleet fleet(TimePoint now, double unknown);
  /// Load and utilization that agree with the fleet, for replicas of 10 requests per second.
  Snapshot snapshot(double unknown = 0.1);
  /// A past that ended up to a minute before `now`; empty at times, as after a first start.
  History history(TimePoint now);
  /// With unique policy names `p0`, `p1`, ...
  std::vector<Recommendation> recommendations();
  /// Offers of one size in several regions, some closed, some with little quota.
  std::vector<Offer> offers(GroupSize size);

 private:
  std::uint64_t next();
  std::uint64_t state_;
};

/// Runs `property` on worlds 1 to `seeds`; a failing check prints the seed of its world.
template <class Property>
void for_each_seed(std::uint64_t seeds, Property&& property) {
  for (std::uint64_t seed{1}; seed <= seeds; ++seed) {
    CAPTURE(seed);
    Gen gen{seed};
    property(gen);
  }
}

}  // namespace spillway::testing
