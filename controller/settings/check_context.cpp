#include "controller/settings/check_context.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "controller/settings/suggestion.hpp"
#include "controller/settings/wording.hpp"

namespace spillway::settings {

void CheckContext::report(const Steps& steps, std::string message) {
  Place place{locate(root, steps)};
  if (!complaints.concern(place.path)) {
    complaints.report(place.mark, std::move(place.path), std::move(message));
  }
}

void CheckContext::check_reference(const Steps& steps, std::string_view what, std::string_view name,
                                   std::string_view family,
                                   const std::vector<std::string_view>& known) {
  if (name.empty() || complaints.mention(family)) return;
  if (std::ranges::find(known, name) != known.end()) return;
  const auto near{nearest_word(name, known)};
  const std::string hint{near            ? fmt::format("did you mean \"{}\"?", *near)
                         : known.empty() ? fmt::format("\"{}\" is empty", family)
                                         : fmt::format("\"{}\" has {}", family, enumerate(known))};
  report(steps, fmt::format("there is no {} {}; {}", what, quoted(name), hint));
}

}  // namespace spillway::settings
