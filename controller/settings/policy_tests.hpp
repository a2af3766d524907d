// Runs the `tests:` of a config: its policies decide on made-up readings, tick by tick, by the very
// function that decides in the live loop.
#pragma once

#include <string>
#include <vector>

#include "controller/core/decision.hpp"
#include "controller/settings/config.hpp"
#include "controller/settings/node.hpp"

namespace spillway::settings {

/// More ticks than this in one test are a mistake.
inline constexpr int test_ticks_max{100'000};

/// The decision after the last tick of `test` for the workload `name`, in a world where what is
/// decided runs one tick later.
Decision decision_of(const std::string& name, const WorkloadConfig& workload,
                     const PolicyTestConfig& test);

/// Runs the tests of all workloads of `config`, which was read from `root` without complaint. Each
/// expectation that does not hold is a complaint at its place: what was expected, what was decided,
/// and why. Returns the number of tests.
int run_policy_tests(const Config& config, const Node& root, Complaints& complaints);

}  // namespace spillway::settings
