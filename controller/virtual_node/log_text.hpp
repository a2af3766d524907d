// Making of a provider's log text what `kubectl logs` asks for. Pure; the text is foreign.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "controller/core/units.hpp"

namespace spillway::virtual_node {

/// Lines that begin with their instant: those from `since` on, with or without it. Lines without a
/// readable one belong to the line before.
std::string lines_since(std::string_view text, std::optional<TimePoint> since, bool with_times);

/// The last `count` lines; the whole text if it has no more.
std::string last_lines(std::string text, int count);

/// Tells what is new in a text that is read again and again, though its beginning gets lost.
class LogTail {
 public:
  /// What `text`, the last lines as they are now, has beyond what was seen. A text that has nothing
  /// in common with the one before is new as a whole: the container started again.
  std::string news(std::string text);

 private:
  std::string seen_{};
};

}  // namespace spillway::virtual_node
