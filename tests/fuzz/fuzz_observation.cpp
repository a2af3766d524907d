// A line of `spillway decide`'s input.

#include "controller/cli/observation.hpp"
#include "tests/fuzz/input.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace spillway;
  const auto seen{cli::parse_observation(fuzz::text(data, size), "fuzzing", 4)};
  if (seen) SPILLWAY_ASSERT(seen->snapshot.fleet.vms.ready.count >= 0);
  return 0;
}
