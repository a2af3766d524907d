#include "controller/cli/lead_up.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace spillway::cli {

Result<std::vector<JournalEntry>> lead_up_to(Store& store, const JournalEntry& entry,
                                             Duration lead) {
  const TimePoint begin{entry.at - lead};
  auto led{store.journal(
      {.workload = entry.workload, .since = begin, .until = entry.at, .limit = most_led})};
  if (!led) return led.error();
  if (std::ssize(*led) < most_led) {
    auto before{store.journal({.workload = entry.workload, .until = begin, .limit = 1})};
    if (!before) return before.error();
    std::ranges::move(*before, std::back_inserter(*led));
  }
  // The newest come first.
  const auto other{std::ranges::find_if(
      *led, [&](const JournalEntry& each) { return each.settings_hash != entry.settings_hash; })};
  led->erase(other, led->end());
  std::ranges::reverse(*led);
  return std::move(*led);
}

}  // namespace spillway::cli
