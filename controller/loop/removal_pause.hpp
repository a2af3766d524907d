// When a removal that is denied (a missing right, a lock), or comes too early (the group is still
// being created), is tried again: a delete each tick only takes tokens of Azure's rate from others.
// Pure: time is passed in.
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

  /// Azure deletes nothing that it is still creating, which takes half an hour where it is stuck:
  /// pause = min(1 min, 2 s * 2^(n-1)), n such answers in a row, or until it is seen `settled`.
  void on_too_early(TimePoint now);
  void settled() { too_early_in_a_row_ = 0; }

  /// Any other answer: the next try is not put off.
  void reset() { *this = {}; }

  /// Denied: it is not even asked for.
  bool holds(TimePoint now) const { return now < until_; }
  bool is_too_early(TimePoint now) const {
    return too_early_in_a_row_ > 0 && now < too_early_until_;
  }

 private:
  std::optional<Error> denial_{};
  int in_a_row_{0};
  TimePoint until_{};
  int too_early_in_a_row_{0};
  TimePoint too_early_until_{};
};

}  // namespace spillway
