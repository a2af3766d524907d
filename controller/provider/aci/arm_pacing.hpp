// How fast Azure Resource Manager may be asked: its token buckets, as they can be known from here.
// Requests are spaced out before the bucket is empty, instead of being refused after. Pure: time is
// passed in.
#pragma once

#include <optional>
#include <string_view>

#include "controller/core/units.hpp"

namespace spillway::aci {

/// Azure counts these apart, for each subscription.
enum class ArmBucket { reads, writes, deletes };

ArmBucket bucket_of(std::string_view method);

struct BucketLimits {
  double size{};
  double per_second{};  ///< how fast it fills
};

/// Reads 250 and 25 per second, writes and deletes 200 and 10 per second: learn.microsoft.com,
/// "Understand how Azure Resource Manager throttles requests", limits of a subscription.
BucketLimits limits_of(ArmBucket bucket);

/// One bucket. It is full at first; each request takes a token, and what an answer says is left
/// (others may share the bucket) replaces the estimate, less the requests still under way.
///
/// Bookings may run into debt: the n-th request beyond the last token waits n / rate. Example: 10
/// writes left and 12 asked for at once: ten go now, the others after 100 ms and 200 ms.
class ArmPacer {
 public:
  explicit ArmPacer(BucketLimits limits) : limits_{limits}, left_{limits.size} {}

  /// Takes a token and says how long to wait before sending; nothing, and no token taken, if that
  /// is longer than `patience`.
  std::optional<Duration> book(TimePoint now, Duration patience);

  /// A booked request has ended; `left` is what its answer said, if it said anything.
  void on_answered(TimePoint now, std::optional<int> left);

  /// How long a request made at `now` would wait.
  Duration wait(TimePoint now) const;

  /// Tokens at `now`; negative while requests wait.
  double left(TimePoint now) const;

 private:
  BucketLimits limits_;
  double left_;
  TimePoint counted_at_{};
  int under_way_{0};
};

/// What `field` (a header's name in lower case) counts for requests of this kind:
/// `x-ms-ratelimit-remaining-subscription-reads`, `-subscription-global-writes`, `-tenant-reads`,
/// and `-subscription-resource-requests`, which a service puts in their place. The bucket with the
/// fewest left is the one that counts.
bool is_limit_of(ArmBucket bucket, std::string_view field);

}  // namespace spillway::aci
