// What one container has written, bounded as the service bounds it: the newest 4 MB.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "controller/core/units.hpp"

namespace spillway::emulator {

class LogBuffer {
 public:
  explicit LogBuffer(std::size_t bytes_max = 4U << 20U) : bytes_max_{bytes_max} {}

  /// Appends output as it came; lines may be split anywhere. `at` is the instant of a line's start.
  void append(std::string_view bytes, TimePoint at);

  /// The last `tail` lines (all if nothing), each with its instant in front if `timestamps`.
  std::string text(std::optional<std::size_t> tail, bool timestamps) const;

 private:
  struct Line {
    TimePoint at;
    std::string text;  ///< with its newline, but for an unfinished last line
  };
  std::size_t bytes_max_;
  std::size_t bytes_{0};
  std::deque<Line> lines_{};
};

}  // namespace spillway::emulator
