// What all workloads share, and what is left of it for groups of several replicas.
#include "controller/loop/tentative.hpp"

#include "tests/support/printing_core.hpp"

namespace spillway::tentative_test {
namespace {

/// A workload that runs nothing and wants so many, in groups of `size`.
Tentative wants(const std::string& name, int count, int size) {
  auto workload{std::make_shared<Workload>()};
  workload->name = name;
  Offer offer{};
  offer.size.replicas = {size};
  workload->offers.push_back(offer);
  Tentative made{.workload = std::move(workload)};
  made.snapshot.fleet.burst.emplace();
  made.snapshot.replica_price = {usd(0.06)};
  made.decided.decision.burst = {count};
  made.decided.decision.desired = {count};
  return made;
}

TEST_CASE("what is left after all grants fills a last group, and is given out once") {
  std::vector<Tentative> all{wants("a", 6, 4), wants("b", 3, 4), wants("c", 1, 1)};
  share(all, {.max_burst = 14});
  CHECK(all[0].decided.decision.burst == 6_replicas);
  CHECK(all[0].beyond == 3_replicas);
  CHECK(all[1].beyond == 1_replicas);
  CHECK(all[2].beyond == 0_replicas);
}

TEST_CASE("what is left is bounded by the rent as well") {
  std::vector<Tentative> all{wants("a", 6, 4)};
  share(all, {.max_rent = HourlyPrice{usd(0.06 * 8)}});
  CHECK(all[0].decided.decision.burst == 6_replicas);
  CHECK(all[0].beyond == 2_replicas);
}

TEST_CASE("where all is given out nothing is beyond it") {
  std::vector<Tentative> all{wants("a", 6, 4)};
  share(all, {.max_burst = 5});
  CHECK(all[0].decided.decision.burst == 5_replicas);
  CHECK(all[0].beyond == 0_replicas);
}

}  // namespace
}  // namespace spillway::tentative_test
