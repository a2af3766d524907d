// When a burst that lasts moves onto machines, and when they go.
#include "policies/latency/auto/vm_tier.hpp"

#include <doctest/doctest.h>

#include "policies/latency/auto/archive.hpp"
#include "policies/latency/auto/refused_creates.hpp"
#include "policies/remembered.hpp"

namespace spillway::autopilot::vm_tier_test {
namespace {

TEST_CASE("a block that is wanted beyond the break-even moves onto a machine, an idle one goes") {
  const VmEconomics economics{.replicas = 4};
  VmTier tier{};
  int machines{0};
  int ticks{0};
  for (; machines == 0; ++ticks) machines = tier.decide({.wanted = 9}, 15.0, machines, economics);
  CHECK(15.0 * ticks == doctest::Approx(884.0).epsilon(0.02));
  CHECK(machines == 2);  // the ninth replica alone fills no machine
  for (ticks = 0; machines == 2; ++ticks)
    machines = tier.decide({.wanted = 3}, 15.0, machines, economics);
  CHECK(machines == 1);
  CHECK(15.0 * ticks == doctest::Approx(210.0).epsilon(0.15));
  // Three of four used cost a little more than in the burst provider: that takes long to add up.
  for (ticks = 0; machines == 1; ++ticks)
    machines = tier.decide({.wanted = 3}, 15.0, machines, economics);
  CHECK(15.0 * ticks > 2'000.0);
}

TEST_CASE("a short dip delays the machine of a burst, and does not begin anew") {
  VmTier tier{};
  int machines{0};
  int ticks{0};
  for (; machines == 0 && ticks < 1'000; ++ticks) {
    machines = tier.decide({.wanted = ticks % 20 == 19 ? 2 : 4}, 15.0, machines, {.replicas = 4});
  }
  CHECK(15.0 * ticks > 884.0);
  CHECK(15.0 * ticks < 1'500.0);
}

TEST_CASE("a machine that costs nothing is asked for, and does not cost the memory") {
  VmTier tier{};
  int machines{0};
  for (const int wanted : {0, 6, 0, 6, 6, 0, 6}) {
    machines =
        tier.decide({.wanted = wanted}, 15.0, machines,
                    {.replicas = 4, .vm_price = 0.0, .burst_price = 0.24, .start_rent = 0.0});
  }
  CHECK(machines == 2);
  CHECK(all_finite(written(tier)));
}

TEST_CASE("while creates were refused, the first machine came after a quarter of an hour") {
  RefusedCreates refused{};
  refused.see(0, 15.0, 60.0);
  VmTier tier{};
  int machines{0};
  double at_s{0.0};
  for (; machines == 0 && at_s < 1'000.0; at_s += 15.0) {
    refused.see(4, 15.0, 60.0);
    machines =
        tier.decide({.wanted = 20, .refused = refused.count()}, 15.0, machines, {.replicas = 4});
    refused.ask(20 - 4 * machines);
  }
  CHECK(at_s == 135.0);
  CHECK(machines == 4);  // four of the twenty do serve
  // Those that start are no reason for more.
  for (int tick{0}; tick < 8; ++tick) {
    refused.see(4, 15.0, 60.0);
    machines =
        tier.decide({.wanted = 20, .refused = refused.count()}, 15.0, machines, {.replicas = 4});
    refused.ask(20 - 4 * machines);
    CHECK(machines == 4);
  }
}

TEST_CASE("a create that comes at last, and one that takes minutes, is not refused") {
  RefusedCreates late{};
  late.see(0, 15.0, 60.0);
  RefusedCreates slow{};
  slow.see(0, 15.0, 240.0);
  slow.see(1, 15.0, 240.0);
  for (int tick{0}; tick < 16; ++tick) {
    late.ask(10);
    late.see(tick % 8 == 7 ? 10 : 4, 15.0, 60.0);
    CHECK(late.count() == 0);
    slow.ask(10);
    slow.see(0, 15.0, 240.0);
    CHECK(slow.count() == 0);
  }
  // What is lacking is the least that was.
  RefusedCreates some{};
  some.see(0, 15.0, 60.0);
  for (int tick{0}; tick < 16; ++tick) {
    some.ask(10);
    some.see(tick == 0 ? 7 : 2, 15.0, 60.0);
  }
  CHECK(some.count() == 3);
}

TEST_CASE("where nothing was ever created, as with mode: observe, nothing is refused") {
  RefusedCreates refused{};
  for (int tick{0}; tick < 100; ++tick) {
    refused.see(0, 15.0, 60.0);
    refused.ask(20);
  }
  CHECK(refused.count() == 0);
}

}  // namespace
}  // namespace spillway::autopilot::vm_tier_test
