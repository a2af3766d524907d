// Placeholders in queries: `{{workload}}` and `{{x}}` for the workload's label x. Pure text; knows
// no query language, and therefore refuses values that could break out of a quoted text in one.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "controller/core/error.hpp"

namespace spillway {

/// Example: `sum(rate(http_requests_total{service="{{workload}}"}[1m]))` for `web`. Spaces inside
/// the braces are allowed. Errors, `bad_request`: an unknown placeholder (the known ones are
/// listed), braces that do not close, a value with quotes, backslashes or control characters.
Result<std::string> expand_query(std::string_view text, std::string_view workload,
                                 const std::map<std::string, std::string>& labels);

}  // namespace spillway
