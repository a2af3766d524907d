// Values to store: plain ones that read well in a test, and random ones with every field set to
// something awkward, doubles of any finite bit pattern included.
#pragma once

#include <cstdint>
#include <random>
#include <string>

#include "controller/state/store.hpp"

namespace spillway::testing {

inline constexpr TimePoint stored_noon{std::chrono::sys_days{std::chrono::year{2026} / 11 / 23} +
                                       std::chrono::hours{12}};

/// A group of workload `shop`, just intended.
GroupRecord intent(std::string name, TimePoint at = stored_noon);

/// A tick of `workload` that bursts, at a period of 5 s with HPA's window of 300 s behind it.
JournalEntry plain_entry(std::string workload, TimePoint at);

/// Random values; the same seed gives the same ones.
class StoredValues {
 public:
  explicit StoredValues(std::uint64_t seed) : random_{seed} {}

  std::int64_t below(std::int64_t limit);
  bool coin() { return below(2) == 0; }
  double any_finite();  ///< any bit pattern but NaN and infinity: denormals, -0.0, extremes
  std::string text();   ///< quotes, control characters, NUL, several scripts
  TimePoint instant();
  Replicas replicas() { return {static_cast<int>(below(2'000'001) - 1'000'000)}; }
  GroupRecord group();
  JournalEntry entry();

 private:
  double any_double();
  Because because();
  Place place();
  GroupSize size();
  HourlyPrice price() { return {Money{below(1'000'000'000'000)}}; }
  Duration duration() { return Duration{below(1'000'000'000)}; }
  std::optional<TimePoint> maybe_instant();
  Group fleet_group();
  Reading reading();
  Snapshot snapshot();
  History history();
  Recommendation recommendation();
  Decision decision();
  Plan plan();

  std::mt19937_64 random_;
};

}  // namespace spillway::testing
