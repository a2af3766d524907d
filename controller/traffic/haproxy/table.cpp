#include "controller/traffic/haproxy/table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "controller/io/http.hpp"

namespace spillway::haproxy {

namespace {

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words{};
  for (std::size_t at{line.find_first_not_of(' ')}; at != std::string_view::npos;
       at = line.find_first_not_of(' ', at)) {
    const std::size_t end{std::min(line.find(' ', at), line.size())};
    words.push_back(line.substr(at, end - at));
    at = end;
  }
  return words;
}

/// Takes the CSV text apart, one cell at a time.
class CsvReader {
 public:
  CsvReader(std::string_view text, std::deque<std::string>& unquoted)
      : text_{text}, unquoted_{unquoted} {}

  bool is_at_end() const { return at_ >= text_.size(); }

  /// One line's cells; nothing if the text ends within it.
  std::optional<std::vector<std::string_view>> line() {
    std::vector<std::string_view> cells{};
    while (!is_at_end()) {
      const auto cell = text_[at_] == '"' ? quoted() : plain();
      if (!cell || is_at_end()) return std::nullopt;
      cells.push_back(*cell);
      const char separator{text_[at_++]};
      if (separator == '\n') return cells;
      if (separator != ',') return std::nullopt;
    }
    return std::nullopt;
  }

 private:
  std::optional<std::string_view> plain() {
    const std::size_t begin{at_};
    at_ = std::min(text_.find_first_of(",\n", at_), text_.size());
    return text_.substr(begin, at_ - begin);
  }

  /// `"a ""b"""` is `a "b"`. Stands behind the closing quote afterwards.
  std::optional<std::string_view> quoted() {
    std::string& cell{unquoted_.emplace_back()};
    for (++at_; !is_at_end(); ++at_) {
      if (text_[at_] == '"') {
        const bool is_doubled{at_ + 1 < text_.size() && text_[at_ + 1] == '"'};
        if (!is_doubled) return ++at_, std::string_view{cell};
        ++at_;
      }
      cell += text_[at_];
    }
    return std::nullopt;
  }

  std::string_view text_;
  std::deque<std::string>& unquoted_;
  std::size_t at_{0};
};

Error truncated() {
  return {Errc::malformed, "truncated, or not a table of HAProxy's"};
}

}  // namespace

std::string_view Table::cell(std::size_t row, std::string_view column) const {
  const auto found = std::find(header_.begin(), header_.end(), column);
  SPILLWAY_ASSERT(found != header_.end());
  return rows_.at(row)[static_cast<std::size_t>(found - header_.begin())];
}

Result<void> Table::set_header(Row header, std::initializer_list<std::string_view> columns) {
  header_ = std::move(header);
  for (const std::string_view column : columns) {
    if (std::find(header_.begin(), header_.end(), column) == header_.end()) {
      return Error{Errc::malformed, fmt::format("no column `{}`", column)};
    }
  }
  return {};
}

Result<void> Table::add(Row row) {
  if (row.size() < header_.size()) return truncated();
  rows_.push_back(std::move(row));
  return {};
}

Result<Table> parse_words(std::string_view text, std::initializer_list<std::string_view> columns) {
  Table table{};
  if (!text.starts_with("# ") || !text.ends_with('\n')) return truncated();
  text.remove_prefix(2);
  for (bool is_header{true}; !text.empty(); is_header = false) {
    const std::size_t end{text.find('\n')};
    auto words = words_of(text.substr(0, end));
    const Result<void> taken =
        is_header ? table.set_header(std::move(words), columns) : table.add(std::move(words));
    if (!taken) return taken.error();
    text.remove_prefix(end + 1);
  }
  return table;
}

Result<Table> parse_csv(std::string_view text, std::initializer_list<std::string_view> columns) {
  Table table{};
  if (!text.starts_with("# ") || !text.ends_with("\n\n")) return truncated();
  text.remove_prefix(2);
  text.remove_suffix(1);
  CsvReader reader{text, table.unquoted_};
  for (bool is_header{true}; !reader.is_at_end(); is_header = false) {
    auto cells = reader.line();
    if (!cells) return truncated();
    const Result<void> taken =
        is_header ? table.set_header(std::move(*cells), columns) : table.add(std::move(*cells));
    if (!taken) return taken.error();
  }
  return table;
}

}  // namespace spillway::haproxy
