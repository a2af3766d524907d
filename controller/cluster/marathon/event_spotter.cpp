#include "controller/cluster/marathon/event_spotter.hpp"

#include <utility>

namespace spillway::marathon {

namespace {

/// The value of a field `NAME:` or `NAME: `, which the line is known to begin with.
std::string_view value_of(std::string_view line, std::size_t name_length) {
  std::string_view value{line.substr(name_length)};
  if (value.starts_with(':')) value.remove_prefix(1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  return value;
}

bool is_field(std::string_view line, std::string_view name) {
  return line.starts_with(name) && (line.size() == name.size() || line[name.size()] == ':');
}

}  // namespace

int EventSpotter::feed(std::string_view piece) {
  for (const char c : piece) {
    const bool is_second_half{std::exchange(skips_newline_, false) && c == '\n'};
    if (is_second_half) continue;
    if (c == '\n' || c == '\r') {
      skips_newline_ = c == '\r';
      end_line();
      continue;
    }
    is_line_empty_ = false;
    if (line_.size() < kept_max) line_ += c;
  }
  return std::exchange(news_, 0);
}

void EventSpotter::end_line() {
  constexpr std::string_view event{"event"};
  constexpr std::string_view data{"data"};
  if (std::exchange(is_line_empty_, true)) {
    const bool is_about_listeners{name_ == "event_stream_attached" ||
                                  name_ == "event_stream_detached"};
    if (has_data_ && !is_about_listeners) ++news_;
    name_.clear();
    has_data_ = false;
  } else if (is_field(line_, event)) {
    name_ = value_of(line_, event.size());
  } else if (is_field(line_, data)) {
    has_data_ = true;
  }
  line_.clear();
}

}  // namespace spillway::marathon
