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
  double per_second{};           ///< how fast it fills
  double reserved{};             ///< of `size`: what only requests with precedence take
  double reserved_per_second{};  ///< of `per_second`: how fast the reserve fills
};

/// Reads 250 and 25 per second, writes and deletes 200 and 10 per second: learn.microsoft.com,
/// "Understand how Azure Resource Manager throttles requests", limits of a subscription.
/// Of the reads a fifth is kept for what must not wait behind look-ups, of which there is one for
/// each group in transition and tick: listings, and the look that each delete begins with. It fills
/// at the rate at which deletes may be sent; the other 15 per second are the look-ups' in any case,
/// so that groups that start are seen to run.
BucketLimits limits_of(ArmBucket bucket);

/// What a request may take of a bucket.
enum class ArmShare {
  open,           ///< what is not reserved
  half_reserve,   ///< also of the reserve, while more than half of it is left
  whole_reserve,  ///< also of the reserve
};

/// One bucket. It is full at first; each request takes a token, and what an answer says is left
/// (others may share the bucket) replaces the estimate, less the requests still under way.
///
/// Bookings may run into debt: the n-th request beyond the last token waits n / rate. Example: 10
/// writes left and 12 asked for at once: ten go now, the others after 100 ms and 200 ms.
///
/// The reserve is a stock of its own with its own debt. While it is full all that comes in is the
/// open stock's. The wait of a request without precedence is reckoned as if the reserve were not
/// full (n / 15 s for reads): what has precedence later does not make it overdraw the bucket.
class ArmPacer {
 public:
  explicit ArmPacer(BucketLimits limits)
      : limits_{limits}, stock_{limits.size - limits.reserved, limits.reserved} {}

  /// Takes a token and says how long to wait before sending; nothing, and no token taken, if that
  /// is longer than `patience`.
  std::optional<Duration> book(TimePoint now, Duration patience, ArmShare share = ArmShare::open);

  /// A booked request has ended; `left` is what its answer said, if it said anything.
  void on_answered(TimePoint now, std::optional<int> left);

  /// How long a request made at `now` would wait.
  Duration wait(TimePoint now, ArmShare share = ArmShare::open) const;

  /// Tokens at `now`; negative while requests wait.
  double left(TimePoint now) const;

 private:
  struct Stock {
    double open{};
    double reserved{};
  };
  struct Offer {
    Duration wait{};
    bool is_reserve{false};
  };

  Stock stock_at(TimePoint now) const;
  Offer offer(const Stock& stock, ArmShare share) const;

  BucketLimits limits_;
  Stock stock_;
  TimePoint counted_at_{};
  int under_way_{0};
};

/// What `field` (a header's name in lower case) counts for requests of this kind:
/// `x-ms-ratelimit-remaining-subscription-reads`, `-subscription-global-writes`, `-tenant-reads`,
/// and `-subscription-resource-requests`, which a service puts in their place. The bucket with the
/// fewest left is the one that counts.
bool is_limit_of(ArmBucket bucket, std::string_view field);

}  // namespace spillway::aci
