#include "controller/core/decision.hpp"

#include <set>
#include <string>

#include "controller/core/plan.hpp"
#include "tests/support/printing_core.hpp"

namespace spillway::decision_test {
namespace {

TEST_CASE("a decision's line tells the steps that changed a count, and no other") {
  const Decision decision{
      .desired = {10},
      .burst = {4},
      .because = Because::scale_out_rate_limited,
      .trail = {{"arbiter", {6}, {15}, Because::load_over_target, "142 req/s"},
                {"limits", {15}, {15}, Because::too_many_replicas, ""},
                {"stabilizer", {15}, {10}, Because::scale_out_rate_limited, ""}}};
  CHECK(summary(decision) ==
        "ScaleOutRateLimited: desired 10, burst 4 (arbiter 6 -> 15: LoadOverTarget) "
        "(stabilizer 15 -> 10: ScaleOutRateLimited)");
  CHECK(summary(Decision{.desired = {6}}) == "Steady: desired 6, burst 0");
}

TEST_CASE("a plan's line tells actions and what was withheld, or that there is nothing to do") {
  CHECK(summary(Plan{}) == "nothing to do");
  Plan plan{};
  plan.creates.resize(2);
  plan.readmits.resize(1);
  plan.drains.resize(3);
  plan.withheld.push_back({.count = {4}, .because = Because::create_tokens_spent});
  CHECK(summary(plan) == "create 2, readmit 1, drain 3, withhold 4 (CreateTokensSpent)");
}

TEST_CASE("a plan with nothing but what was withheld is empty") {
  Plan plan{};
  plan.withheld.push_back({.count = {4}, .because = Because::paused});
  CHECK(plan.is_empty());
  plan.drains.resize(1);
  CHECK_FALSE(plan.is_empty());
}

TEST_CASE("every reason has one word of its own, which leads back to it") {
  std::set<std::string_view> words{};
  for (int i{0}; i <= static_cast<int>(Because::template_changed); ++i) {
    const auto because{static_cast<Because>(i)};
    CAPTURE(i);
    CHECK(to_string(because) != "Unknown");
    CHECK(because_named(to_string(because)) == because);
    CHECK(words.insert(to_string(because)).second);
  }
  CHECK_FALSE(because_named("Unknown"));
  CHECK_FALSE(because_named("load_over_target"));
}

}  // namespace
}  // namespace spillway::decision_test
