// The `tests:` of a workload: made-up readings, and what its policies shall decide on them. Run by
// `spillway check` (policy_tests.hpp); the running controller does not look at them.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "controller/core/fields.hpp"
#include "controller/core/snapshot.hpp"

namespace spillway::settings {

/// A standby pool beside the burst: what `Standby` tells the policies.
struct TestStandby {
  int ready{0};
  int starting{0};
  Duration start{Standby{}.start};
};

/// Ticks that are alike.
struct TestStretch {
  Duration lasts{};  ///< zero: a single tick
  std::map<std::string, std::string> readings{};
  std::optional<int> base{};  ///< nothing: the cluster is unknown
  int pending{0};
  int vms{0};
  int vms_starting{0};
  std::optional<int> burst{};  ///< serving; nothing: as decided one tick before
  int burst_starting{0};
  int burst_draining{0};
  std::optional<Duration> start_median{};
  std::optional<Duration> start_p95{};
  bool has_standby{false};  ///< false: none is kept, or nobody could count it
  TestStandby standby{};
  std::optional<HourlyPrice> price{};
  std::optional<Money> spent_this_hour{};
  std::optional<Money> spent_today{};
  std::optional<Money> spent_this_month{};
};

/// What the decision after the last tick shall be; what is left out may be anything.
struct TestExpectation {
  std::optional<int> desired{};
  std::optional<int> burst{};
  std::optional<int> vms{};
  std::optional<int> at_least{};
  std::optional<int> at_most{};
  std::string because{};
};

struct PolicyTestConfig {
  std::string name{};
  std::string start{"2026-01-05T12:00:00Z"};
  Duration every{std::chrono::seconds{15}};
  std::vector<TestStretch> given{};
  TestExpectation expect{};
};

void describe(Fields& fields, PolicyTestConfig& test);

/// A reading of a test: `120`, `70%`, `missing`, `stale 120`; nothing if it is none of these.
struct TestReading {
  enum class Kind { fresh, stale, missing };
  Kind kind{Kind::missing};
  double value{0.0};
};
std::optional<TestReading> parse_test_reading(std::string_view text);

/// `2026-01-05T12:00:00Z` as an instant.
std::optional<TimePoint> parse_instant(std::string_view text);

}  // namespace spillway::settings
