#include "policies/staffing.hpp"

#include <string>
#include <vector>

#include "tests/support/printing_core.hpp"

namespace spillway::staffing_test {
namespace {

using namespace std::chrono_literals;

TEST_CASE("a demand beyond all numbers asks for the most, and never wraps around") {
  CHECK(replicas_for(1e308, 0.1) == most_replicas);
  CHECK(replicas_for(1e308, 10.0) == most_replicas);
  CHECK(replicas_for(-1e308, 0.1) == 0_replicas);
}

TEST_CASE("a demand becomes a count") {
  struct Row {
    std::string name;
    double demand;
    double per_replica;
    int count;
  };
  const std::vector<Row> rows{
      {"rounds up", 142.0, 7.0, 21},
      {"exact", 140.0, 7.0, 20},
      {"nothing", 0.0, 7.0, 0},
      {"a trickle", 0.001, 7.0, 1},
      {"never negative", -5.0, 7.0, 0},
      {"rounding noise", 0.7 * 10 * 3, 7.0, 3},
      {"no overflow", 1e300, 1e-6, 1'000'000},
      {"more than noise", 21.001, 7.0, 4},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    CHECK(replicas_for(row.demand, row.per_replica).count == row.count);
  }
}

TEST_CASE("what serves is what is ready, on VMs and in the burst") {
  Fleet fleet{.base = BasePool{.ready = {6}, .starting = {2}, .room = {3}},
              .vms = {.ready = {2}, .starting = {1}}};
  fleet.burst = {{.id = {"a"}, .phase = GroupPhase::serving, .size = {.replicas = {4}}},
                 {.id = {"b"}, .phase = GroupPhase::probing},
                 {.id = {"c"}, .phase = GroupPhase::draining}};
  CHECK(serving_replicas(fleet) == 12_replicas);
}

TEST_CASE("a count is compared with what runs") {
  Fleet fleet{.base = BasePool{.ready = {6}}};
  CHECK(compared_with({9}, fleet) == Because::load_within_target);  // unknown: no claim
  fleet.burst.emplace();
  CHECK(compared_with({5}, fleet) == Because::load_under_target);
  CHECK(compared_with({6}, fleet) == Because::load_within_target);
  CHECK(compared_with({7}, fleet) == Because::load_over_target);
}

TEST_CASE("a hold says which reading failed and why") {
  const TimePoint now{1'795'444'200'000ms};
  const Recommendation stale{hold("p", Reading::stale(1.0, now, "last sample 90s ago"))};
  CHECK(stale.is_hold);
  CHECK_FALSE(stale.floor);
  CHECK(stale.because == Because::stale_data);
  CHECK(stale.words == "reading is stale: last sample 90s ago");
  CHECK(hold("p", Reading::missing("source down")).because == Because::no_data);
}

}  // namespace
}  // namespace spillway::staffing_test
