// How far a region is from here, measured by the probes of the groups that serve there: what
// placement policies know about latency. Pure: durations are passed in.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "controller/core/group.hpp"
#include "controller/core/units.hpp"

namespace spillway {

class RoundTrips {
 public:
  /// An answered probe of a group in `place` took `whole`: connecting, which is a round trip, and
  /// asking, which is another one and the replica's own time.
  void note(const Place& place, Duration whole);

  /// Half of the quickest of the region's last 16 probes, whatever subscription or zone; nothing if
  /// there was none. The quickest, since all that is added to the way (a busy replica, a busy
  /// controller) makes a probe longer and never shorter.
  std::optional<Duration> round_trip(const Place& place) const;

  /// All that is remembered, for another run of the controller; what cannot be read is skipped.
  std::string to_text() const;
  static RoundTrips from_text(std::string_view text);

 private:
  std::map<std::string, std::deque<Duration>> probes_{};  // by region, the newest last
};

}  // namespace spillway
