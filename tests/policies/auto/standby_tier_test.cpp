// What a standby pool saves of starts, and when what was learned for it goes.
#include "policies/latency/auto/standby_tier.hpp"

#include <doctest/doctest.h>

#include "policies/latency/auto/archive.hpp"
#include "policies/latency/auto/auto_policy.hpp"

namespace spillway::autopilot::standby_tier_test {
namespace {

TEST_CASE("what waits on standby need not be started for what may come later") {
  CHECK(count_with_standby(10, 16, 4) == 12);
  CHECK(count_with_standby(10, 16, 9) == 10);
  CHECK(count_with_standby(10, 16, 0) == 16);
  CHECK(count_with_standby(10, 16, -1) == 16);
}

TEST_CASE("without a pool nothing is stored, and an unknown stock is no reason to learn anew") {
  StandbyTier tier{};
  tier.see(false, 15.0);
  CHECK(written(tier).size() == 1);
  tier.see(true, 15.0);
  REQUIRE(tier.prediction() != nullptr);
  const Memory with_pool{written(tier)};
  CHECK(with_pool.size() > 400);
  tier.see(false, 3'000.0);
  CHECK(tier.prediction() != nullptr);
  tier.see(true, 15.0);
  tier.see(false, 3'000.0);
  CHECK(tier.prediction() != nullptr);
  tier.see(false, 1'000.0);
  CHECK(tier.prediction() == nullptr);
  CHECK(written(tier).size() == 1);
}

TEST_CASE("it comes back from a memory as it was, into a tier without one too") {
  StandbyTier tier{};
  tier.see(true, 15.0);
  const Memory memory{written(tier)};
  StandbyTier back{};
  Reader reader{memory};
  back.keep(reader);
  CHECK(reader.is_whole());
  CHECK(written(back) == memory);
}

TEST_CASE("the words tell of the pool, and the look ahead that counts") {
  const AutoPolicy policy{{.replica_capacity_rps = 10.0}};
  History past{};
  Recommendation asked{};
  for (int tick{0}; tick < 400; ++tick) {
    Snapshot now{.taken_at = TimePoint{std::chrono::seconds{15 * tick}}, .workload = "web"};
    const double load{tick % 40 < 36 ? 100.0 : 160.0};  // the busiest tenth jumps
    now.readings.set("load", Reading::fresh(load, now.taken_at));
    now.fleet.base = BasePool{.ready = {8}, .desired = {8}};
    now.fleet.burst.emplace();
    now.standby = Standby{.ready = {30}};
    asked = policy.recommend(now, past);
    past.memories["auto"] = asked.memory;
  }
  INFO(asked.words);
  CHECK(asked.words.find(" and 30 on standby: expect") != std::string::npos);
  CHECK(asked.words.find("within 45 s") !=
        std::string::npos);  // 15 old, 5 to start, 15 to the next
}

}  // namespace
}  // namespace spillway::autopilot::standby_tier_test
