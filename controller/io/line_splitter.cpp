#include "controller/io/line_splitter.hpp"

#include <fmt/format.h>

namespace spillway::io {

Result<void> LineSplitter::feed(std::string_view piece, const OnLine& on_line) {
  const auto refuse{[this] {
    return Error{Errc::too_large, fmt::format("a line of more than {} bytes", line_limit_)};
  }};
  for (auto end{piece.find('\n')}; end != piece.npos; end = piece.find('\n')) {
    std::string_view line{piece.substr(0, end)};
    piece.remove_prefix(end + 1);
    if (rest_.size() + line.size() > line_limit_) return refuse();
    if (!rest_.empty()) {
      rest_ += line;
      line = rest_;
    }
    if (line.ends_with('\r')) line.remove_suffix(1);
    on_line(line);
    rest_.clear();
  }
  if (rest_.size() + piece.size() > line_limit_) return refuse();
  rest_ += piece;
  return {};
}

}  // namespace spillway::io
