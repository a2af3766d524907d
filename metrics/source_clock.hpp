// Whether a metric source's clock agrees with ours, told in the log once per change. Readings alone
// do not show it: asked at our time, a Prometheus that is ahead answers with what it scraped long
// ago, as if it were new; one that is behind has nothing yet.
#pragma once

#include <optional>
#include <string>

#include "controller/core/units.hpp"

namespace spillway {

/// Two edges, so that a clock at the limit is not told at each read: beyond 10 s the clocks differ
/// (`clock_skew_max`), from 5 s down they agree.
class SourceClock {
 public:
  /// `ahead` is how far the source's clock was ahead of ours at its last answer; negative: behind.
  /// Nothing: it did not say, and what was told last stands.
  void note(const std::string& source, std::optional<Duration> ahead);

  bool is_off() const { return is_off_; }

 private:
  bool is_off_{false};
};

}  // namespace spillway
