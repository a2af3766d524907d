#include "controller/virtual_node/log_text.hpp"

#include <algorithm>
#include <utility>

#include "controller/kubernetes/time_text.hpp"

namespace spillway::virtual_node {

std::string lines_since(std::string_view text, std::optional<TimePoint> since, bool with_times) {
  std::string kept{};
  bool is_wanted{!since};
  while (!text.empty()) {
    const std::size_t end{std::min(text.find('\n'), text.size() - 1) + 1};
    std::string_view line{text.substr(0, end)};
    text.remove_prefix(end);
    const std::size_t blank{line.find(' ')};
    const auto at = kubernetes::parse_time(line.substr(0, blank));
    if (at && since) is_wanted = *at >= *since;
    if (at && !with_times) line.remove_prefix(std::min(blank, line.size() - 1) + 1);
    if (is_wanted) kept += line;
  }
  return kept;
}

std::string last_lines(std::string text, int count) {
  std::size_t begin{text.size()};
  for (int found{0}; begin > 0; --begin) {
    if (text[begin - 1] == '\n' && begin != text.size() && ++found == count) break;
  }
  if (count <= 0) return {};
  return text.substr(begin);
}

std::string LogTail::news(std::string text) {
  // Where in what was seen the text begins: at its beginning, or at a later line if some were
  // dropped. A window has a thousand lines: more are not tried, whoever wrote them.
  constexpr int lines_tried_max{1000};
  std::size_t common{0};
  std::size_t at{0};
  for (int tried{0}; at < seen_.size() && tried < lines_tried_max; ++tried) {
    const std::string_view rest{std::string_view{seen_}.substr(at)};
    if (text.starts_with(rest)) {
      common = rest.size();
      break;
    }
    at = std::min(seen_.find('\n', at), seen_.size() - 1) + 1;
  }
  std::string fresh{text.substr(common)};
  seen_ = std::move(text);
  return fresh;
}

}  // namespace spillway::virtual_node
