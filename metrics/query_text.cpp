#include "metrics/query_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace spillway {

namespace {

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

bool is_safe(std::string_view value) {
  return std::none_of(value.begin(), value.end(), [](char c) {
    return c == '"' || c == '\'' || c == '`' || c == '\\' || (c >= 0 && c < ' ') || c == 0x7f;
  });
}

std::string known_names(const std::map<std::string, std::string>& labels) {
  std::string names{"workload"};
  for (const auto& label : labels) names += ", " + label.first;
  return names;
}

}  // namespace

Result<std::string> expand_query(std::string_view text, std::string_view workload,
                                 const std::map<std::string, std::string>& labels) {
  std::string expanded{};
  while (true) {
    const auto open{text.find("{{")};
    expanded += text.substr(0, open);
    if (open == std::string_view::npos) return expanded;
    const auto close{text.find("}}", open)};
    if (close == std::string_view::npos) {
      return Error{Errc::bad_request, "`{{` without `}}` in the query"};
    }
    const std::string name{trimmed(text.substr(open + 2, close - open - 2))};
    const auto label{labels.find(name)};
    if (name != "workload" && label == labels.end()) {
      return Error{Errc::bad_request, fmt::format("unknown placeholder `{{{{{}}}}}`; known are: {}",
                                                  name, known_names(labels))};
    }
    const std::string_view value{name == "workload" ? workload : std::string_view{label->second}};
    if (!is_safe(value)) {
      return Error{Errc::bad_request,
                   fmt::format("the value of `{{{{{}}}}}` has quotes, backslashes or control "
                               "characters, which would change the query",
                               name)};
    }
    expanded += value;
    text.remove_prefix(close + 2);
  }
}

}  // namespace spillway
