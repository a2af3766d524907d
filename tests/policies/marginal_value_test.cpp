#include "policies/cost/marginal_value.hpp"

#include "policies/erlang.hpp"
#include "tests/policies/scene.hpp"
#include "tests/support/gen.hpp"
#include "tests/support/printing_core.hpp"

namespace spillway::marginal_value_test {
namespace {

using namespace std::chrono_literals;
using testing::Alone;
using testing::read;
using testing::scene;

constexpr double price_usd_per_s{0.0594 / 3600.0};

MarginalValueSettings usual() {
  return {.per_1000_late = usd(0.05), .headroom = 0.0, .replica_capacity_rps = 10.0};
}

TEST_CASE("for 120 req/s the 15th replica still pays and the 16th does not") {
  CHECK(worthwhile(120.0, 10.0, 0.2, 0.05 / 1000.0, price_usd_per_s) == 15_replicas);
  const MarginalValue policy{usual()};
  Snapshot now{scene(4)};
  read(now, "load", 120.0);
  const Recommendation asked{policy.recommend(now, {})};
  CHECK(asked.ceiling == 15_replicas);
  CHECK_FALSE(asked.floor);
  CHECK(asked.because == Because::not_worth_it);
}

TEST_CASE("it is the cheapest count of all, rent and lateness together") {
  testing::for_each_seed(300, [](testing::Gen& gen) {
    const double rate{gen.real(1.0, 30.0)};
    const double load{rate * gen.real(0.2, 40.0)};
    const double late_usd{gen.real(0.2, 40.0) * price_usd_per_s / rate * 10.0};
    const int best{worthwhile(load, rate, 0.2, late_usd, price_usd_per_s).count};
    if (best == 0) {
      CHECK(rate * late_usd < price_usd_per_s);
      return;
    }
    const auto cost{[&](int count) {
      return count * price_usd_per_s +
             late_usd * load * share_waiting_longer(count, load, rate, 0.2);
    }};
    for (int other{static_cast<int>(load / rate) + 1}; other < best + 20; ++other) {
      CHECK(cost(best) <= cost(other) * (1.0 + 1e-9));
    }
  });
}

TEST_CASE("lateness that is worth less than a replica bursts nothing, and owned machines stay") {
  const MarginalValue cheap{{.per_1000_late = usd(0.001), .replica_capacity_rps = 10.0}};
  Snapshot now{scene(4, 6)};
  read(now, "load", 120.0);
  CHECK(cheap.recommend(now, {}).ceiling == 4_replicas);
}

TEST_CASE("what is unknown gives no ceiling, and a missing load asks to hold") {
  Snapshot now{scene(4)};
  CHECK(MarginalValue{usual()}.recommend(now, {}).is_hold);
  read(now, "load", 120.0);
  CHECK_FALSE(MarginalValue{{.replica_capacity_rps = 10.0}}.recommend(now, {}).ceiling);
  now.replica_price = {};
  CHECK_FALSE(MarginalValue{usual()}.recommend(now, {}).ceiling);
}

TEST_CASE("the capacity is learned") {
  const MarginalValue policy{{.per_1000_late = usd(0.05), .headroom = 0.0}};
  Alone alone{policy};
  Snapshot now{scene(20)};
  read(read(now, "load", 120.0), "utilization", 0.6);
  CHECK_FALSE(alone.tick(now).ceiling);
  now.taken_at += 15s;
  now.fleet.base->ready = 4_replicas;
  CHECK(alone.tick(now).ceiling == 15_replicas);
}

}  // namespace
}  // namespace spillway::marginal_value_test
