#include "policies/latency/auto/decision_words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace spillway::autopilot {
namespace {

/// Integers are told in a fifth of the time.
std::int64_t whole(double value) {
  return std::llround(value);
}

const char* words_of(Beyond beyond) {
  switch (beyond) {
    case Beyond::backlog:
      return "until the backlog is gone";
    case Beyond::rate_in_doubt:
      return "until it is known what a replica completes";
    case Beyond::load_now:
      break;
  }
  return "for what is seen now";
}

}  // namespace

double load_exceeded(std::span<const double> holds, std::span<const double> tail, double chance) {
  const auto found{std::ranges::find_if(tail, [chance](double p) { return p <= chance; })};
  if (found == tail.end()) return holds.back();
  const auto i{static_cast<std::size_t>(found - tail.begin())};
  if (i == 0) return holds[0];
  const double share{(tail[i - 1] - chance) / std::max(1e-12, tail[i - 1] - tail[i])};
  return holds[i - 1] + share * (holds[i] - holds[i - 1]);
}

std::string words_of(const Choice& choice, const Told& told, const Economics& economics) {
  const std::string beside{told.standby > 0 ? fmt::format(" and {} on standby", told.standby) : ""};
  std::string words{fmt::format("{} replicas{}: expect {}-{} req/s within {} s", choice.count,
                                beside, whole(told.low), whole(told.high), whole(told.horizon_s))};
  if (choice.is_most) {
    words += fmt::format("; no more than {} times the highest load known is planned for",
                         told.widest_growth);
  } else {
    const double saved{std::max(0.0, choice.late_rate - choice.late_rate_more)};
    words += fmt::format(
        "; {} more would save {:.2g} late requests/s worth ${:.2g}/h and cost "
        "${:.2g}/h",
        choice.step, saved, saved * economics.late_price * 3600.0,
        economics.rent * 3600.0 * static_cast<double>(choice.step));
  }
  if (told.jump_chance >= 0.005) {
    words += fmt::format("; a jump comes with a chance of {:.0f} %", 100.0 * told.jump_chance);
  }
  if (told.doubt >= 1.01) {
    words += fmt::format("; requests were late that should not have been: counts {:.0f} % more",
                         100.0 * (told.doubt - 1.0));
  }
  if (told.is_bounded) {
    words += "; requests were late while replicas had room to spare: counts by what was on time";
  }
  if (told.late_floor >= 0.001) {
    words += fmt::format("; {:.1f} % of the requests are late at any load, and do not count",
                         100.0 * told.late_floor);
  }
  if (told.is_cut) words += "; a start takes longer than can be foreseen";
  if (told.asked > choice.count) {
    words += fmt::format("; {} {}", told.asked, words_of(told.beyond));
  }
  return words;
}

}  // namespace spillway::autopilot
