#include "controller/cli/saved_history.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <utility>

namespace spillway::cli {
namespace {

constexpr std::string_view mark{"# spillway history, from "};

}  // namespace

std::string history_head(TimePoint from, Duration step, std::string query) {
  std::ranges::replace(query, '\n', ' ');
  return fmt::format("{}{} step {} query {}\nt_s,value\n", mark, from.time_since_epoch().count(),
                     step.count(), query);
}

std::optional<TimePoint> history_begin(std::string_view text) {
  if (!text.starts_with(mark)) return std::nullopt;
  text.remove_prefix(mark.size());
  std::int64_t from_ms{0};
  const auto read{std::from_chars(text.data(), text.data() + text.size(), from_ms)};
  constexpr std::int64_t last_ms{4'102'444'800'000};  // the year 2100
  if (read.ec != std::errc{} || from_ms < 0 || from_ms > last_ms) return std::nullopt;
  return TimePoint{Duration{from_ms}};
}

}  // namespace spillway::cli
