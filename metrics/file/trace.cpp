#include "metrics/file/trace.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "controller/io/http.hpp"

namespace spillway::file {

namespace {

Error malformed(std::size_t line, std::size_t column, std::string_view expected,
                std::string_view got) {
  return {Errc::malformed, fmt::format("line {}, column {}: expected {}, got `{}`", line, column,
                                       expected, io::excerpt(got, 40))};
}

std::string_view trimmed(std::string_view text) {
  const auto begin{text.find_first_not_of(" \t\r")};
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

struct Cell {
  std::string_view text;
  std::size_t column;  ///< where it begins in its line, from 1
};

void split(std::string_view line, std::vector<Cell>& cells) {
  cells.clear();
  for (std::size_t begin{0};;) {
    const auto end{std::min(line.find(',', begin), line.size())};
    cells.push_back({trimmed(line.substr(begin, end - begin)), begin + 1});
    if (end == line.size()) return;
    begin = end + 1;
  }
}

std::optional<double> finite_number(std::string_view text) {
  double value{0.0};
  const auto [end, failure]{std::from_chars(text.data(), text.data() + text.size(), value)};
  if (failure != std::errc{} || end != text.data() + text.size() || !std::isfinite(value)) {
    return std::nullopt;
  }
  return value;
}

Result<Trace> parse_head(const std::vector<Cell>& cells, std::size_t line) {
  Trace trace{};
  if (cells[0].text != "t_s" || cells.size() < 2) {
    return malformed(line, 1, "a head line such as `t_s,value`", cells[0].text);
  }
  for (std::size_t i{1}; i < cells.size(); ++i) {
    const std::string_view name{cells[i].text};
    if (name.empty() || trace.column(name)) {
      return malformed(line, cells[i].column, "a name that no other column has", name);
    }
    trace.columns.emplace_back(name);
  }
  trace.values.resize(trace.columns.size());
  return trace;
}

Result<void> parse_row(const std::vector<Cell>& cells, std::size_t line, Trace& trace) {
  if (cells.size() != trace.columns.size() + 1) {
    return malformed(line, cells.back().column,
                     fmt::format("{} cells as in the head line", trace.columns.size() + 1),
                     fmt::format("{} cells", cells.size()));
  }
  const auto time{finite_number(cells[0].text)};
  // 30 000 years: beyond that something else than seconds was meant.
  if (!time || *time < 0.0 || *time > 1e12) {
    return malformed(line, cells[0].column, "a time in seconds since the start", cells[0].text);
  }
  const Duration at{duration_of_seconds(*time)};
  if (!trace.times.empty() && at <= trace.times.back()) {
    return malformed(line, cells[0].column, "a later time than in the row before", cells[0].text);
  }
  trace.times.push_back(at);
  for (std::size_t i{1}; i < cells.size(); ++i) {
    const auto value{finite_number(cells[i].text)};
    if (!value && !cells[i].text.empty()) {
      return malformed(line, cells[i].column, "a number or an empty cell", cells[i].text);
    }
    trace.values[i - 1].push_back(value.value_or(std::numeric_limits<double>::quiet_NaN()));
  }
  return {};
}

}  // namespace

Duration Trace::end() const {
  if (times.empty()) return Duration::zero();
  if (times.size() == 1) return times.back() + Duration{1};
  return times.back() + (times.back() - times[times.size() - 2]);
}

std::optional<std::size_t> Trace::row_at(Duration since_start) const {
  const auto after{std::upper_bound(times.begin(), times.end(), since_start)};
  if (after == times.begin() || since_start >= end()) return std::nullopt;
  return static_cast<std::size_t>(after - times.begin()) - 1;
}

std::optional<std::size_t> Trace::column(std::string_view name) const {
  const auto found{std::find(columns.begin(), columns.end(), name)};
  if (found == columns.end()) return std::nullopt;
  return static_cast<std::size_t>(found - columns.begin());
}

Result<Trace> parse_trace(std::string_view text) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);  // a mark of some spreadsheets
  std::optional<Trace> trace{};
  std::vector<Cell> cells{};
  for (std::size_t line{1}; !text.empty(); ++line) {
    const std::string_view content{text.substr(0, text.find('\n'))};
    text.remove_prefix(std::min(content.size() + 1, text.size()));
    if (trimmed(content).empty() || content.starts_with('#')) continue;
    split(content, cells);
    if (!trace) {
      auto head{parse_head(cells, line)};
      if (!head) return head.error();
      trace = std::move(*head);
    } else if (const auto row{parse_row(cells, line, *trace)}; !row) {
      return row.error();
    }
  }
  if (!trace || trace->times.empty()) {
    return Error{Errc::malformed, "the trace is empty: expected `t_s,value` and rows of numbers"};
  }
  return std::move(*trace);
}

}  // namespace spillway::file
