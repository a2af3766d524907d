// Machines whose price is none: what is remembered of them stays finite.
#include "policies/latency/auto/vm_tier.hpp"

#include <doctest/doctest.h>

#include "policies/latency/auto/archive.hpp"
#include "policies/remembered.hpp"

namespace spillway::autopilot::vm_tier_test {
namespace {

TEST_CASE("a machine that costs nothing is asked for, and does not cost the memory") {
  VmTier tier{};
  int machines{0};
  for (const int wanted : {0, 6, 0, 6, 6, 0, 6}) {
    machines =
        tier.decide(wanted, 15.0, machines,
                    {.replicas = 4, .vm_price = 0.0, .burst_price = 0.24, .start_rent = 0.0});
  }
  CHECK(machines == 2);
  Memory memory{};
  Writer writer{memory};
  tier.keep(writer);
  CHECK(all_finite(memory));
}

}  // namespace
}  // namespace spillway::autopilot::vm_tier_test
