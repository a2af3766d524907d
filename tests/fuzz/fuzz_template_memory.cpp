// What the store kept of templates: what is understood is written again as it was read, since no
// value of a secret ever is.

#include "controller/core/error.hpp"
#include "controller/core/template_memory.hpp"
#include "tests/fuzz/input.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace spillway;
  const auto memory = template_memory_from(fuzz::text(data, size));
  if (!memory) return 0;
  const std::string written{to_text(*memory)};
  const auto again = template_memory_from(written);
  SPILLWAY_ASSERT(again.has_value() && to_text(*again) == written);
  ReplicaTemplate filled{memory->trusted};
  (void)fill_secrets(filled, memory->trusted);
  return 0;
}
