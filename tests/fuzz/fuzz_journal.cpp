// Journal entries as they come back from the disk: what is understood is written again and
// understood as the same entry.

#include "controller/state/journal_json.hpp"
#include "tests/fuzz/input.hpp"

namespace spillway::fuzz_journal {

SPILLWAY_FUZZ_TARGET(journal, data, size) {
  const auto entry = state::decode_journal(fuzz::text(data, size));
  if (!entry) return 0;
  const std::string written{state::encode_journal(*entry)};
  const auto again = state::decode_journal(written);
  SPILLWAY_ASSERT(again.has_value() && state::encode_journal(*again) == written);
  return 0;
}

}  // namespace spillway::fuzz_journal
