#include "controller/loop/journalist.hpp"

#include "tests/support/printing_core.hpp"

namespace spillway::journalist_test {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint t0{1'795'444'200'000ms};

Decision quiet(Duration at) {
  return {.at = t0 + at, .workload = "web", .desired = {6}};
}

TEST_CASE("a quiet workload is written once, and again with each heartbeat") {
  Journalist journalist{};
  CHECK(journalist.wants(quiet(0s), {}, 5min));
  CHECK_FALSE(journalist.wants(quiet(15s), {}, 5min));
  CHECK_FALSE(journalist.wants(quiet(5min - 1ms), {}, 5min));
  CHECK(journalist.wants(quiet(5min), {}, 5min));
  CHECK_FALSE(journalist.wants(quiet(6min), {}, 5min));
}

TEST_CASE("what could not be written is news again") {
  Journalist journalist{};
  CHECK(journalist.wants(quiet(0s), {}, 5min));
  journalist.forget_all();
  CHECK(journalist.wants(quiet(15s), {}, 5min));
  CHECK_FALSE(journalist.wants(quiet(30s), {}, 5min));
}

TEST_CASE("news in the shadow are news") {
  Journalist journalist{};
  Decision shadow{quiet(0s)};
  CHECK(journalist.wants(quiet(0s), {}, 5min, &shadow));
  CHECK_FALSE(journalist.wants(quiet(15s), {}, 5min, &shadow));
  shadow.desired = {7};
  CHECK(journalist.wants(quiet(30s), {}, 5min, &shadow));
  CHECK_FALSE(journalist.wants(quiet(45s), {}, 5min, &shadow));
}

TEST_CASE("workloads do not hide each other's news") {
  Journalist journalist{};
  CHECK(journalist.wants(quiet(0s), {}, 5min));
  Decision other{quiet(0s)};
  other.workload = "batch";
  CHECK(journalist.wants(other, {}, 5min));
}

TEST_CASE("every change of what was decided or planned is news, once") {
  Decision decision{quiet(15s)};
  Plan plan{};
  SUBCASE("desired") {
    decision.desired = {7};
  }
  SUBCASE("burst") {
    decision.burst = {1};
  }
  SUBCASE("reason") {
    decision.because = Because::no_data;
  }
  SUBCASE("blindness") {
    decision.is_blind = true;
  }
  SUBCASE("withheld") {
    plan.withheld.push_back({.count = {2}, .because = Because::paused});
  }
  Journalist journalist{};
  journalist.wants(quiet(0s), {}, 5min);
  CHECK(journalist.wants(decision, plan, 5min));
  CHECK_FALSE(journalist.wants(decision, plan, 5min));
  CHECK(journalist.wants(quiet(30s), {}, 5min));  // the way back is news, too
}

TEST_CASE("a tick that acts is always written, though the counts did not change") {
  Journalist journalist{};
  Plan plan{};
  plan.drains.push_back({.id = {"g"}});
  CHECK(journalist.wants(quiet(0s), plan, 5min));
  CHECK(journalist.wants(quiet(15s), plan, 5min));
}

}  // namespace
}  // namespace spillway::journalist_test
