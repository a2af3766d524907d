// How a metric source is doing, from the outcome of each read: for the log (on transitions only),
// the metrics and the status page. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "metrics/metric_source.hpp"

namespace spillway {

enum class SourceState {
  unknown,   ///< not asked yet
  ok,        ///< every query was answered in full
  degraded,  ///< some queries failed, or came with warnings or faults
  failing,   ///< no query was answered
};

std::string_view to_string(SourceState state);

struct SourceHealth {
  std::string name{};
  SourceState state{SourceState::unknown};
  TimePoint since{};                       ///< when it entered this state
  int reads_in_state{0};                   ///< consecutive, this state's first included
  std::string trouble{};                   ///< the first error or warning of the last read
  std::optional<TimePoint> answered_at{};  ///< when it last answered anything
  Duration took{};                         ///< the last read
  std::size_t queries{0};                  ///< of the last read
  std::array<std::uint64_t, 4> reads{};    ///< all of them, by the state they left it in
};

/// `before` after a read that ended at `now`. A read without queries changes nothing.
SourceHealth health_after(SourceHealth before, const std::vector<Result<Answer>>& answers,
                          TimePoint now, Duration took);

}  // namespace spillway
