// ARM's token buckets and ACI's own counting windows. Pure arithmetic over the instants given.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>

#include "tests/emulator/options.hpp"

namespace spillway::emulator {

/// Holds `size` tokens at first and refills steadily, never beyond `size`.
class TokenBucket {
 public:
  TokenBucket(BucketSize size, TimePoint now) : size_{size}, tokens_{size.size}, refilled_{now} {}

  /// Takes one token, or says how long until there is one.
  std::optional<Duration> take(TimePoint now);

  /// Whole tokens left.
  int remaining() const { return static_cast<int>(tokens_); }

 private:
  BucketSize size_;
  double tokens_;
  TimePoint refilled_;
};

enum class CallKind { read, write, remove };

/// One bucket per subscription, principal and kind, and the subscription-wide one 15 times as
/// large.
class ArmBuckets {
 public:
  explicit ArmBuckets(const ArmLimits& limits) : limits_{limits} {}

  struct Verdict {
    std::optional<Duration> wait;  ///< refused: earliest useful time from now
    int remaining;                 ///< of the principal's bucket
    int global_remaining;
  };
  Verdict take(const std::string& subscription, const std::string& principal, CallKind kind,
               TimePoint now);

 private:
  ArmLimits limits_;
  std::map<std::string, TokenBucket> buckets_{};
};

/// At most so many in any five minutes and in any hour, as ACI counts creates and deletes.
class RateWindow {
 public:
  RateWindow(int per_5_minutes, int per_hour)
      : per_5_minutes_{per_5_minutes}, per_hour_{per_hour} {}

  /// Counts one, or says how long until one is allowed again.
  std::optional<Duration> take(TimePoint now);

 private:
  int per_5_minutes_;
  int per_hour_;
  std::deque<TimePoint> taken_{};  ///< of the last hour, oldest first
};

}  // namespace spillway::emulator
