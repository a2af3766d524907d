#include "policies/combine/arbiter.hpp"

#include <optional>
#include <string>
#include <vector>

#include "tests/support/printing_core.hpp"

namespace spillway::arbiter_test {
namespace {

Recommendation floor_of(std::string policy, int count) {
  return {.policy = std::move(policy),
          .floor = Replicas{count},
          .because = Because::load_over_target,
          .words = "load"};
}

Recommendation ceiling_of(std::string policy, int count) {
  return {.policy = std::move(policy), .ceiling = Replicas{count}};
}

Recommendation blind(std::string policy) {
  return {.policy = std::move(policy),
          .is_hold = true,
          .because = Because::no_data,
          .words = "source down"};
}

TEST_CASE("a script that failed for long holds only where nobody gives a floor") {
  const Recommendation failed{
      .policy = "lua", .because = Because::script_failed, .words = "not counted any more"};
  const Arbitration beside{arbitrate({failed, floor_of("a", 4)}, {6}, {})};
  CHECK(beside.wanted == 4_replicas);
  CHECK_FALSE(beside.is_hold);
  const Arbitration alone{arbitrate({failed, ceiling_of("c", 20)}, {6}, {})};
  CHECK(alone.wanted == 6_replicas);
  CHECK(alone.is_hold);
  CHECK(alone.because == Because::script_failed);
}

TEST_CASE("floors 12 and 9, ceiling 10: 10, and the trail tells that it would have been 12") {
  const std::vector<Recommendation> all{floor_of("a", 12), floor_of("b", 9), ceiling_of("c", 10)};
  const Arbitration outcome{arbitrate(all, {6}, {})};
  CHECK(outcome.wanted == 10_replicas);
  CHECK(outcome.because == Because::ceiling_over_floor);
  REQUIRE(outcome.trail.size() == 2);
  CHECK(outcome.trail[0].words == "a: load");
  CHECK(outcome.trail[1].before == 12_replicas);
  CHECK(outcome.trail[1].words == "c allows 10; without it: 12");
}

TEST_CASE("a floor wins over a ceiling where that is configured, and says so") {
  const std::vector<Recommendation> all{floor_of("a", 12), ceiling_of("c", 10)};
  const Arbitration outcome{arbitrate(all, {6}, {.conflict = Conflict::floor_wins})};
  CHECK(outcome.wanted == 12_replicas);
  CHECK(outcome.because == Because::floor_over_ceiling);
}

TEST_CASE("named pairs") {
  struct Row {
    std::string name;
    std::vector<Recommendation> all;
    int wanted;
    Because because;
    bool is_hold;
  };
  const std::vector<Row> rows{
      {"nobody", {}, 6, Because::no_opinion, false},
      {"up", {floor_of("a", 9)}, 9, Because::load_over_target, false},
      {"down", {floor_of("a", 2)}, 2, Because::load_over_target, false},
      {"up vs down", {floor_of("a", 9), floor_of("b", 2)}, 9, Because::load_over_target, false},
      {"blind", {blind("a")}, 6, Because::no_data, true},
      {"up vs blind", {floor_of("a", 9), blind("b")}, 9, Because::load_over_target, true},
      {"down vs blind", {floor_of("a", 2), blind("b")}, 6, Because::no_data, true},
      {"ceiling above",
       {floor_of("a", 9), ceiling_of("b", 9)},
       9,
       Because::load_over_target,
       false},
      {"two ceilings",
       {floor_of("a", 9), ceiling_of("b", 8), ceiling_of("c", 7)},
       7,
       Because::ceiling_over_floor,
       false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const Arbitration outcome{arbitrate(row.all, {6}, {})};
    CHECK(outcome.wanted.count == row.wanted);
    CHECK(outcome.because == row.because);
    CHECK(outcome.is_hold == row.is_hold);
  }
}

TEST_CASE("equal floors: the alphabetically first policy is named") {
  const std::vector<Recommendation> all{floor_of("surge", 9), floor_of("forecast", 9)};
  CHECK(arbitrate(all, {6}, {}).trail.at(0).words == "forecast: load");
}

}  // namespace
}  // namespace spillway::arbiter_test
