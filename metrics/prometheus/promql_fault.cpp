#include "metrics/prometheus/promql_fault.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <vector>

namespace spillway::prometheus {
namespace {

using Fault = std::optional<std::string>;

/// Enough of the query to find the place by eye.
std::string piece(std::string_view query, std::size_t at) {
  constexpr std::size_t shown_max{30};
  std::string shown{query.substr(at, shown_max)};
  std::ranges::replace(shown, '\n', ' ');
  return at + shown_max < query.size() ? shown + "..." : shown;
}

char closing(char opening) {
  if (opening == '(') return ')';
  return opening == '[' ? ']' : '}';
}

/// Past the quote that ends the text which begins at `at`; the end of the query if none does.
std::size_t end_of_text(std::string_view query, std::size_t at) {
  const char quote{query[at]};
  for (++at; at < query.size(); ++at) {
    if (query[at] == '\\' && quote != '`') {
      ++at;
    } else if (query[at] == quote) {
      return at + 1;
    }
  }
  return query.npos;
}

/// What a text in quotes says, as far as backslashes go; between backquotes they are letters.
std::string unescaped(std::string_view text, char quote) {
  std::string said{};
  for (std::size_t i{0}; i < text.size(); ++i) {
    const bool is_doubled{quote != '`' && text.substr(i).starts_with("\\\\")};
    if (is_doubled) ++i;
    said += text[i];
  }
  return said;
}

/// RE2 refuses a group without its end, and a repetition of nothing.
Fault regex_fault(std::string_view regex) {
  if (!regex.empty() && (regex[0] == '*' || regex[0] == '+' || regex[0] == '?')) {
    return fmt::format("the regular expression \"{}\" repeats nothing; write .{} for any text",
                       regex, regex[0]);
  }
  int depth{0};
  bool in_class{false};
  for (std::size_t i{0}; i < regex.size(); ++i) {
    if (regex[i] == '\\') {
      ++i;
      continue;
    }
    if (in_class) {
      in_class = regex[i] != ']';
      continue;
    }
    if (regex[i] == '[') {
      in_class = true;
      const bool is_negated{i + 1 < regex.size() && regex[i + 1] == '^'};
      if (is_negated) ++i;
      // The first of a class is one of its letters, be it a bracket.
      if (i + 1 < regex.size() && regex[i + 1] == ']') ++i;
    }
    if (regex[i] == '(') ++depth;
    if (regex[i] == ')' && --depth < 0) break;
  }
  if (depth == 0 && !in_class) return std::nullopt;
  return fmt::format("the regular expression \"{}\" has a bracket too many or too few", regex);
}

/// Reads a query from its beginning to its end, or to the first fault.
class Reader {
 public:
  explicit Reader(std::string_view query) : query_{query} {
    std::string lower{query};
    std::ranges::transform(lower, lower.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    has_templates_ = lower.find("with (") != lower.npos || lower.find("with(") != lower.npos;
  }

  Fault fault() {
    while (at_ < query_.size()) {
      if (auto found{step()}) return found;
    }
    if (open_.empty()) return std::nullopt;
    return fmt::format("the \"{}\" of `{}` is never closed", query_[open_.back()],
                       piece(query_, open_.back()));
  }

 private:
  Fault step() {
    const char c{query_[at_]};
    if (c == '"' || c == '\'' || c == '`') return text();
    if (c == '#') {
      at_ = std::min(query_.find('\n', at_), query_.size());
    } else if (c == '(' || c == '[' || c == '{') {
      open_.push_back(at_++);
    } else if (c == ')' || c == ']' || c == '}') {
      return close(c);
    } else if ((c == '=' || c == '!') && in_matchers()) {
      return matcher();
    } else {
      ++at_;
    }
    return std::nullopt;
  }

  Fault text() {
    const std::size_t end{end_of_text(query_, at_)};
    if (end == query_.npos) {
      return fmt::format("the quote of `{}` is never closed", piece(query_, at_));
    }
    at_ = end;
    return std::nullopt;
  }

  Fault close(char c) {
    if (open_.empty()) {
      return fmt::format("a \"{}\" closes nothing, after `{}`", c,
                         query_.substr(at_ > 20 ? at_ - 20 : 0, std::min<std::size_t>(at_, 20)));
    }
    const std::size_t begun{open_.back()};
    if (closing(query_[begun]) != c) {
      return fmt::format("the \"{}\" of `{}` is closed by a \"{}\"", query_[begun],
                         piece(query_, begun), c);
    }
    open_.pop_back();
    ++at_;
    return std::nullopt;
  }

  bool in_matchers() const { return !open_.empty() && query_[open_.back()] == '{'; }

  /// `=`, `!=`, `=~` or `!~`, and the text that has to follow.
  Fault matcher() {
    const bool is_regex{at_ + 1 < query_.size() && query_[at_ + 1] == '~'};
    const bool is_long{is_regex || query_[at_] == '!'};
    at_ = std::min(query_.find_first_not_of(" \t\n", at_ + (is_long ? 2 : 1)), query_.size());
    if (at_ == query_.size()) return std::nullopt;
    const char quote{query_[at_]};
    const std::size_t begin{at_ + 1};
    if (quote != '"' && quote != '\'' && quote != '`') {
      // What templates put there is known only to who reads them.
      if (has_templates_) return std::nullopt;
      return fmt::format("the value of a matcher must be in quotes: `{}`", piece(query_, at_));
    }
    if (auto found{text()}) return found;
    if (!is_regex) return std::nullopt;
    return regex_fault(unescaped(query_.substr(begin, at_ - 1 - begin), quote));
  }

  std::string_view query_;
  std::size_t at_{0};
  std::vector<std::size_t> open_{};
  bool has_templates_{false};
};

}  // namespace

std::optional<std::string> promql_fault(std::string_view query) {
  return Reader{query}.fault();
}

}  // namespace spillway::prometheus
