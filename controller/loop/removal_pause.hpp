// When a removal that is denied (a missing right, a lock) is tried again: a person has to act, and
// a delete each tick only takes tokens of Azure's rate from others. Pure: time is passed in.
#pragma once

#include <optional>

#include "controller/core/error.hpp"
#include "controller/core/units.hpp"

namespace spillway {

/// pause = min(15 min, 1 min * 2^(n-1)), n the same denials in a row. Another answer, or another
/// denial, begins anew. Example: denied at 12:00, again at 12:01, 12:03, 12:07, 12:15, 12:30.
class RemovalPause {
 public:
  void on_denied(const Error& error, TimePoint now);

  /// Any other answer: the next try is not put off.
  void reset() { *this = {}; }

  bool holds(TimePoint now) const { return now < until_; }

 private:
  std::optional<Error> denial_{};
  int in_a_row_{0};
  TimePoint until_{};
};

}  // namespace spillway
