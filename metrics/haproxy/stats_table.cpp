#include "metrics/haproxy/stats_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "controller/io/http.hpp"

namespace spillway::haproxy {

namespace {

constexpr std::string_view head_begin{"# pxname,svname,"};

using Cells = std::vector<std::string_view>;

/// Splits one line. A cell in quotes may hold commas; its inner quotes stay doubled, since only
/// texts for people are ever quoted. False if a quote does not close.
bool split(std::string_view line, Cells& cells) {
  cells.clear();
  while (true) {
    std::size_t end{0};
    if (line.starts_with('"')) {
      end = 1;
      while (true) {
        end = line.find('"', end);
        if (end == std::string_view::npos) return false;
        if (!line.substr(end + 1).starts_with('"')) break;
        end += 2;
      }
      cells.push_back(line.substr(1, end - 1));
      ++end;
    } else {
      end = std::min(line.find(','), line.size());
      cells.push_back(line.substr(0, end));
    }
    if (end == line.size()) return true;
    if (line[end] != ',') return false;
    line.remove_prefix(end + 1);
  }
}

std::optional<double> number_in(std::string_view cell) {
  double value{0.0};
  const auto [end, failure]{std::from_chars(cell.data(), cell.data() + cell.size(), value)};
  if (failure != std::errc{} || end != cell.data() + cell.size()) return std::nullopt;
  return value;
}

Error malformed(std::size_t line, std::string_view what) {
  return {Errc::malformed, fmt::format("HAProxy statistics, line {}: {}", line, what)};
}

struct Layout {
  std::size_t width{0};
  std::size_t status{0};
  std::size_t type{0};
  std::vector<std::size_t> wanted{};
};

Result<Layout> layout_of(std::string_view head, const std::vector<std::string>& columns) {
  Cells names{};
  if (!head.starts_with(head_begin) || !split(head.substr(2), names)) {
    const bool is_denied{head.find("ermission denied") != std::string_view::npos};
    return Error{is_denied ? Errc::denied : Errc::malformed,
                 fmt::format("expected HAProxy statistics, got `{}`", io::excerpt(head, 80))};
  }
  const auto position{[&names](std::string_view name) {
    return static_cast<std::size_t>(std::find(names.begin(), names.end(), name) - names.begin());
  }};
  Layout layout{.width = names.size(), .status = position("status"), .type = position("type")};
  if (layout.status == names.size() || layout.type == names.size()) {
    return malformed(1, "no columns `status` and `type`");
  }
  for (const std::string& column : columns) layout.wanted.push_back(position(column));
  return layout;
}

bool takes_traffic(std::string_view status) {
  return status == "OPEN" || status.starts_with("UP") || status == "no check";
}

Result<StatsRow> row_of(const Cells& cells, const Layout& layout, std::size_t line,
                        std::vector<std::string>& problems) {
  const auto kind{number_in(cells[layout.type])};
  if (!kind || *kind < 0.0 || *kind > 3.0) return malformed(line, "an unknown `type`");
  StatsRow row{.kind = static_cast<RowKind>(*kind),
               .is_up = takes_traffic(cells[layout.status]),
               .proxy = std::string{cells[0]},
               .server = std::string{cells[1]}};
  row.values.resize(layout.wanted.size());
  for (std::size_t i{0}; i < layout.wanted.size(); ++i) {
    if (layout.wanted[i] == layout.width) continue;
    const std::string_view cell{cells[layout.wanted[i]]};
    row.values[i] = number_in(cell);
    if (!cell.empty() && !row.values[i] && problems[i].empty()) {
      problems[i] = fmt::format("it holds texts such as `{}`", io::excerpt(cell, 40));
    }
  }
  return row;
}

}  // namespace

Result<StatsTable> parse_stats(std::string_view text, const std::vector<std::string>& columns) {
  StatsTable table{.problems = std::vector<std::string>(columns.size())};
  std::optional<Layout> layout{};
  Cells cells{};
  for (std::size_t line{1}; !text.empty(); ++line) {
    const auto end{text.find('\n')};
    const bool is_cut_off{end == std::string_view::npos};
    std::string_view content{text.substr(0, end)};
    text.remove_prefix(std::min(content.size() + 1, text.size()));
    if (content.ends_with('\r')) content.remove_suffix(1);
    if (!layout) {
      const auto found{layout_of(content, columns)};
      if (!found) return found.error();
      if (is_cut_off) return malformed(line, "it is cut off");
      layout = *found;
    } else if (is_cut_off) {
      return malformed(line, "it is cut off");
    } else if (!content.empty()) {
      if (!split(content, cells)) return malformed(line, "a quote that does not close");
      if (cells.size() != layout->width) {
        return malformed(line, fmt::format("{} cells instead of {}", cells.size(), layout->width));
      }
      auto row{row_of(cells, *layout, line, table.problems)};
      if (!row) return row.error();
      table.rows.push_back(std::move(*row));
    }
  }
  if (!layout) return Error{Errc::malformed, "expected HAProxy statistics, got nothing"};
  for (std::size_t i{0}; i < columns.size(); ++i) {
    if (layout->wanted[i] == layout->width) {
      table.problems[i] = "there is no such column; `show stat` lists them";
    }
  }
  return table;
}

}  // namespace spillway::haproxy
