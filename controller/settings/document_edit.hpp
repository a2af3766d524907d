// Changes single values in the text of a config, and leaves the rest of it, with its comments, as
// it is. Knows maps and lists in both styles of YAML; what it cannot place it refuses.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace spillway::settings {

/// `text` with `value` at the place that `steps` name (`workloads`, `web`, `policies`, `0`,
/// `wait`). A key that is not there is added to the deepest section that is. Nothing if `text` is
/// no document, or has no such section (it may be in an included file), or the place is written in
/// a way that is not understood. The caller should read the result back: an alias or a merge key
/// changes more than one place.
std::optional<std::string> with_value(std::string_view text, const std::vector<std::string>& steps,
                                      std::string_view value);

/// The lines of `before` and `after` that differ, as `patch` and `git apply` take it: with three
/// lines around, and a word on a last line without a newline. Empty if there is no difference.
std::string unified_diff(std::string_view before, std::string_view after, std::string_view name);

}  // namespace spillway::settings
