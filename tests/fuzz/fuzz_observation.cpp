// A line of `spillway decide`'s input.

#include "controller/cli/observation.hpp"
#include "tests/fuzz/input.hpp"

namespace spillway::fuzz_observation {

SPILLWAY_FUZZ_TARGET(observation, data, size) {
  const auto seen{cli::parse_observation(fuzz::text(data, size), {"fuzzing", 4, {"jobs"}})};
  if (seen) SPILLWAY_ASSERT(seen->snapshot.fleet.vms.ready.count >= 0);
  return 0;
}

}  // namespace spillway::fuzz_observation
