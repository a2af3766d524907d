// Rows of fields as text, for small memories that outlive a process: a line per row, a tab between
// fields. What has a tab or a line break in it is not kept. Reading is lenient: a row that is not
// what was written is skipped, since all that is lost with it is something learned.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace spillway {

/// Adds a row to `text`, unless a field could not be read back.
inline void add_row(std::string& text, const std::vector<std::string>& fields) {
  for (const std::string& field : fields) {
    if (field.find_first_of("\t\n") != std::string::npos) return;
  }
  for (std::size_t i{0}; i < fields.size(); ++i) {
    if (i > 0) text += '\t';
    text += fields[i];
  }
  text += '\n';
}

/// The rows of `text` that have `columns` fields.
inline std::vector<std::vector<std::string>> rows_of(std::string_view text, std::size_t columns) {
  std::vector<std::vector<std::string>> rows{};
  while (!text.empty()) {
    std::string_view line{text.substr(0, text.find('\n'))};
    text.remove_prefix(line.size() < text.size() ? line.size() + 1 : text.size());
    std::vector<std::string> fields{};
    for (;;) {
      const std::size_t tab{line.find('\t')};
      fields.emplace_back(line.substr(0, tab));
      if (tab == std::string_view::npos) break;
      line.remove_prefix(tab + 1);
    }
    if (fields.size() == columns) rows.push_back(std::move(fields));
  }
  return rows;
}

/// The whole of `text` as a number.
template <class Number>
std::optional<Number> number_of(std::string_view text) {
  Number number{};
  const auto read{std::from_chars(text.data(), text.data() + text.size(), number)};
  const bool is_whole{read.ec == std::errc{} && read.ptr == text.data() + text.size()};
  return is_whole ? std::optional{number} : std::nullopt;
}

}  // namespace spillway
