// The two table formats of HAProxy's runtime API, read into cells: words between spaces, and CSV
// with quotes. Both begin with `# ` and the names of their columns. The text is kept by view: it
// must outlive the table, except for quoted cells, which are copied.
#pragma once

#include <cstddef>
#include <deque>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "controller/core/error.hpp"

namespace spillway::haproxy {

class Table {
 public:
  Table() = default;
  Table(Table&&) = default;  // not copied: cells point into `unquoted_`
  Table& operator=(Table&&) = default;

  std::size_t size() const { return rows_.size(); }

  /// The cell of `row` under `column`, which must be one of the columns asked for.
  std::string_view cell(std::size_t row, std::string_view column) const;

 private:
  friend Result<Table> parse_words(std::string_view text,
                                   std::initializer_list<std::string_view> columns);
  friend Result<Table> parse_csv(std::string_view text,
                                 std::initializer_list<std::string_view> columns);

  using Row = std::vector<std::string_view>;

  Result<void> set_header(Row header, std::initializer_list<std::string_view> columns);
  Result<void> add(Row row);

  Row header_{};
  std::vector<Row> rows_{};
  std::deque<std::string> unquoted_{};  // a deque keeps its elements, and so the views, in place
};

/// `text` has its header line and rows, each ended by a line end. Error: malformed, for a missing
/// column or a row with fewer cells than the header (cut off).
Result<Table> parse_words(std::string_view text, std::initializer_list<std::string_view> columns);

/// As `parse_words`, for CSV ended by an empty line.
Result<Table> parse_csv(std::string_view text, std::initializer_list<std::string_view> columns);

}  // namespace spillway::haproxy
