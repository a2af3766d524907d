// Whether a stream of Marathon's events (`text/event-stream`) tells of anything that a listing
// would show, without keeping what it tells: an event may hold a whole deployment. Pure; every byte
// is foreign, and the memory is bounded whatever arrives.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace spillway::marathon {

class EventSpotter {
 public:
  /// How many events this piece completes that may have changed apps, queue or deployments: all but
  /// those about listeners to the stream. Comments (heartbeats) are no events.
  int feed(std::string_view piece);

 private:
  void end_line();

  static constexpr std::size_t kept_max{128};  ///< bytes of a line; names of events are short

  std::string line_{};  ///< the beginning of the line that arrives
  std::string name_{};  ///< of the event that arrives
  bool has_data_{false};
  bool skips_newline_{false};  ///< after a carriage return
  bool is_line_empty_{true};
  int news_{0};
};

}  // namespace spillway::marathon
