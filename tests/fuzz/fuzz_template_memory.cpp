// What the store kept of templates: what is understood is written again as it was read, since no
// value of a secret ever is.

#include "controller/core/error.hpp"
#include "controller/core/template_memory.hpp"
#include "tests/fuzz/input.hpp"

namespace spillway::fuzz_template_memory {

SPILLWAY_FUZZ_TARGET(template_memory, data, size) {
  const auto memory = template_memory_from(fuzz::text(data, size));
  if (!memory) return 0;
  const std::string written{to_text(*memory)};
  const auto again = template_memory_from(written);
  SPILLWAY_ASSERT(again.has_value() && to_text(*again) == written);
  ReplicaTemplate filled{memory->trusted};
  (void)fill_secrets(filled, memory->trusted);
  return 0;
}

}  // namespace spillway::fuzz_template_memory
