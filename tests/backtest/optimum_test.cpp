#include "controller/backtest/optimum.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <limits>

#include "controller/backtest/erlang.hpp"
#include "tests/support/gen.hpp"

namespace spillway::backtest::optimum_test {
namespace {

using std::chrono::seconds;

/// A load of `over` replicas beyond a base of four in each interval of 15 s, exactly held.
Load load_of(const std::vector<int>& over, const World& world) {
  Load load{.name = "test", .base = 4};
  load.held_rps = held_rates_up_to(400.0, world.replica.capacity_rps, {0.95, 0.2});
  for (const int each : over) {
    for (int s{0}; s < 15; ++s) {
      load.rps.push_back(load.held_by(4 + each));
      load.need.push_back(4 + each);
    }
  }
  return load;
}

/// Every schedule there is, one after another: the judge of the dynamic programme.
double by_brute_force(const std::vector<int>& over, const Load& load, const World& world,
                      int burst_max, int vms_max, bool is_priced) {
  const double burst_per_s{burst_price(world.burst).per_hour.usd() / 3600.0};
  const double vm_per_s{world.cluster.vm_price.per_hour.usd() / 3600.0};
  double best{std::numeric_limits<double>::infinity()};
  const std::function<void(std::size_t, int, int, double)> go{
      [&](std::size_t i, int a, int v, double cost) {
        if (cost >= best) return;
        if (i == over.size()) {
          best = cost;
          return;
        }
        for (int b{0}; b <= burst_max; ++b) {
          for (int w{0}; w <= vms_max; ++w) {
            double next{cost + 15.0 * (b * burst_per_s + w * vm_per_s)};
            next += std::max(0, b - a) * burst_per_s * mean_start_seconds(world.burst);
            next += std::max(0, w - v) * vm_per_s * mean_vm_start_seconds(world.cluster);
            if (b + 4 * w < over[i]) {
              if (!is_priced) continue;
              next += late_request_usd(world) * 15.0 * load.held_by(4 + over[i]);
            }
            go(i + 1, b, w, next);
          }
        }
      }};
  go(0, 0, 0, 0.0);
  return best;
}

TEST_CASE("no overflow costs nothing") {
  const World world{};
  const Optimum found{optimum(load_of({0, 0, 0}, world), world)};
  CHECK(found.covering_usd == 0.0);
  CHECK(found.priced_usd == 0.0);
}

TEST_CASE("one replica for one minute is rent for the minute and for a mean start") {
  const World world{};
  const Optimum found{optimum(load_of({0, 1, 1, 1, 1, 0}, world), world)};
  CHECK(found.covering_usd ==
        doctest::Approx((60.0 + mean_start_seconds(world.burst)) * 0.0594 / 3600.0));
}

TEST_CASE("a gap of two intervals is bridged, one of three is not") {
  const World world{};
  const auto rent{[&](int intervals, int starts) {
    return (15.0 * intervals + starts * mean_start_seconds(world.burst)) * 0.0594 / 3600.0;
  }};
  CHECK(optimum(load_of({1, 0, 0, 1}, world), world).covering_usd == doctest::Approx(rent(4, 1)));
  CHECK(optimum(load_of({1, 0, 0, 0, 1}, world), world).covering_usd ==
        doctest::Approx(rent(2, 2)));
}

TEST_CASE("four replicas move to a machine where that is cheaper, after 884 s less their starts") {
  const World world{};
  const auto cost{[&](int intervals) {
    return optimum(load_of(std::vector<int>(static_cast<std::size_t>(intervals), 4), world), world)
        .covering_usd;
  }};
  const double in_burst{4.0 * (45.0 * 15.0 + mean_start_seconds(world.burst)) * 0.0594 / 3600.0};
  const double on_a_vm{(70.0 * 15.0 + 210.0) * 0.192 / 3600.0};
  CHECK(cost(45) == doctest::Approx(in_burst));
  CHECK(cost(70) == doctest::Approx(on_a_vm));
}

TEST_CASE("the dynamic programme finds what trying every schedule finds") {
  testing::for_each_seed(60, [](testing::Gen& gen) {
    World world{};
    // Starts of machines short and cheap, so that small cases have them at all.
    world.cluster.vm_start_min = seconds{gen.integer(1, 30)};
    world.cluster.vm_start_max = world.cluster.vm_start_min;
    world.cluster.vm_price = {usd(gen.real(0.05, 0.25))};
    world.burst.start_median = seconds{gen.integer(1, 60)};
    std::vector<int> over(4, 0);
    for (int& each : over) each = gen.integer(0, 5);
    const Load load{load_of(over, world)};
    const Optimum found{optimum(load, world)};
    CAPTURE(over);
    CHECK(found.covering_usd == doctest::Approx(by_brute_force(over, load, world, 5, 2, false)));
    CHECK(found.priced_usd == doctest::Approx(by_brute_force(over, load, world, 5, 2, true)));
    CHECK(found.priced_usd <= found.covering_usd * (1.0 + 1e-12));
  });
}

TEST_CASE("a request so cheap that nobody would pay for it is left late") {
  World world{};
  world.replica.capacity_rps = 1e6;  // the price of a request is that of 1/36 000 000 hour
  const Load load{load_of({1, 0, 0, 0}, World{})};
  const Optimum found{optimum(load, world)};
  CHECK(found.priced_usd < found.covering_usd);
  CHECK(found.priced_usd ==
        doctest::Approx(late_request_usd(world) * 15.0 * load.held_by(5)).epsilon(1e-6));
}

}  // namespace
}  // namespace spillway::backtest::optimum_test
