// Lines out of bytes that arrive in pieces: what a Kubernetes watch (one JSON document a line) and
// an event stream are made of. Pure, with a limit on the length of a line.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "controller/core/error.hpp"

namespace spillway::io {

class LineSplitter {
 public:
  /// Takes one line without its end (`\n` or `\r\n`); valid during the call only.
  using OnLine = std::function<void(std::string_view)>;

  /// A longer line is refused, so that a peer that never ends one cannot fill the memory.
  explicit LineSplitter(std::size_t line_limit) : line_limit_{line_limit} {}

  /// Hands over every line that `piece` completes; the rest waits for the next piece. Error:
  /// `too_large`, after which the splitter is of no use.
  Result<void> feed(std::string_view piece, const OnLine& on_line);

  /// What has arrived since the last line end.
  std::string_view rest() const { return rest_; }

 private:
  std::size_t line_limit_;
  std::string rest_{};
};

}  // namespace spillway::io
