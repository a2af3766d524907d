#include "policies/cost/price_ceiling.hpp"

#include "tests/policies/scene.hpp"
#include "tests/support/printing_core.hpp"

namespace spillway::price_ceiling_test {
namespace {

using testing::scene;

HourlyPrice per_hour(double amount) {
  return {usd(amount)};
}

TEST_CASE("3 USD/h for all at 0.0594 USD/h each are 50 burst replicas") {
  const PriceCeiling policy{{.max_rent = per_hour(3.0)}};
  const Recommendation asked{policy.recommend(scene(6, 2), {})};
  CHECK(asked.ceiling == 56_replicas);
  CHECK(asked.because == Because::too_dear);
}

TEST_CASE("too dear a replica is not added; those that run stay, or go if told so") {
  const PriceCeiling keep{{.max_price = per_hour(0.05)}};
  CHECK(keep.recommend(scene(6, 2), {}).ceiling == 8_replicas);
  CHECK(keep.recommend(scene(6, 2), {}).words ==
        "a replica costs 0.0594 USD/h, allowed are 0.0500 USD/h; the 2 that run are kept");
  const PriceCeiling shrink{{.max_price = per_hour(0.05), .when_exceeded = WhenDear::shrink}};
  CHECK(shrink.recommend(scene(6, 2), {}).ceiling == 6_replicas);
  const PriceCeiling dear{{.max_price = per_hour(0.06)}};
  CHECK_FALSE(dear.recommend(scene(6, 2), {}).ceiling);
}

TEST_CASE("an unknown price stops growth under a max_price, and never stops what serves") {
  const PriceCeiling policy{{.max_price = per_hour(0.05), .when_exceeded = WhenDear::shrink}};
  Snapshot now{scene(6, 2)};
  now.replica_price = {};
  CHECK(policy.recommend(now, {}).ceiling == 8_replicas);
}

TEST_CASE("a rent that cannot be known is not said to be within its limit") {
  const PriceCeiling policy{{.max_rent = per_hour(3.0)}};
  Snapshot now{scene(6, 2)};
  now.replica_price = {};
  const Recommendation asked{policy.recommend(now, {})};
  CHECK_FALSE(asked.ceiling);
  CHECK(asked.because == Because::no_opinion);
  CHECK(asked.words == "the price of a replica is unknown, and so max_rent limits nothing");
}

}  // namespace
}  // namespace spillway::price_ceiling_test
