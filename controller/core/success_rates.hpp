// How often starts in a place come to serve, with a memory that fades: what placement policies know
// about reliability. Pure: time is passed in.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "controller/core/group.hpp"
#include "controller/core/units.hpp"

namespace spillway {

class SuccessRates {
 public:
  /// A start in `place` came to serve, or failed, at `now`.
  void note(const Place& place, bool has_served, TimePoint now);

  /// Share of starts that serve, above 0.
  ///
  /// (served + 2) / (served + failed + 2), both counted with a half life of one hour: a place
  /// without history is good, two failures make it 50 %, and an hour later it is at 67 % without
  /// anybody having tried.
  double rate(const Place& place, TimePoint now) const;

  /// All that is remembered, for another run of the controller; what cannot be read is skipped.
  std::string to_text() const;
  static SuccessRates from_text(std::string_view text);

 private:
  struct Counts {
    double served{0.0};
    double failed{0.0};
    TimePoint at{};
  };
  static Counts faded(Counts counts, TimePoint now);

  std::map<Place, Counts> counts_{};
};

}  // namespace spillway
