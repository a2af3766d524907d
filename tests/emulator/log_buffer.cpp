#include "tests/emulator/log_buffer.hpp"

#include <algorithm>

namespace spillway::emulator {

void LogBuffer::append(std::string_view bytes, TimePoint at) {
  while (!bytes.empty()) {
    const std::size_t newline{bytes.find('\n')};
    std::string_view piece{
        bytes.substr(0, newline == std::string_view::npos ? newline : newline + 1)};
    // A line without end must not hold more than the buffer may.
    piece = piece.substr(0, bytes_max_);
    if (lines_.empty() || lines_.back().text.ends_with('\n') ||
        lines_.back().text.size() + piece.size() > bytes_max_) {
      lines_.push_back({.at = at, .text = {}});
    }
    lines_.back().text += piece;
    bytes_ += piece.size();
    bytes.remove_prefix(piece.size());
    while (bytes_ > bytes_max_ && lines_.size() > 1) {
      bytes_ -= lines_.front().text.size();
      lines_.pop_front();
    }
  }
}

std::string LogBuffer::text(std::optional<std::size_t> tail, bool timestamps) const {
  const std::size_t count{std::min(lines_.size(), tail.value_or(lines_.size()))};
  std::string result;
  for (std::size_t i{lines_.size() - count}; i < lines_.size(); ++i) {
    if (timestamps) result += to_string(lines_[i].at) + ' ';
    result += lines_[i].text;
  }
  return result;
}

}  // namespace spillway::emulator
