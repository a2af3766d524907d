#include "controller/provider/aci/arm_pacing.hpp"

#include <algorithm>

#include "controller/core/error.hpp"

namespace spillway::aci {

ArmBucket bucket_of(std::string_view method) {
  if (method == "GET" || method == "HEAD") return ArmBucket::reads;
  return method == "DELETE" ? ArmBucket::deletes : ArmBucket::writes;
}

BucketLimits limits_of(ArmBucket bucket) {
  return bucket == ArmBucket::reads ? BucketLimits{250.0, 25.0} : BucketLimits{200.0, 10.0};
}

double ArmPacer::left(TimePoint now) const {
  const double passed{std::max(0.0, seconds(now - counted_at_))};
  return std::min(limits_.size, left_ + passed * limits_.per_second);
}

Duration ArmPacer::wait(TimePoint now) const {
  const double missing{1.0 - left(now)};
  // A token that is there but for rounding is there.
  if (missing <= 1e-9) return Duration::zero();
  return duration_of_seconds(missing / limits_.per_second);
}

std::optional<Duration> ArmPacer::book(TimePoint now, Duration patience) {
  const Duration needed{wait(now)};
  if (needed > patience) return std::nullopt;
  left_ = left(now) - 1.0;
  counted_at_ = now;
  ++under_way_;
  return needed;
}

void ArmPacer::on_answered(TimePoint now, std::optional<int> left_there) {
  SPILLWAY_ASSERT(under_way_ > 0);
  --under_way_;
  if (!left_there) return;
  // What is under way may or may not be counted there yet: assume it is not.
  left_ = std::min(limits_.size, static_cast<double>(*left_there - under_way_));
  counted_at_ = now;
}

bool is_limit_of(ArmBucket bucket, std::string_view field) {
  constexpr std::string_view prefix{"x-ms-ratelimit-remaining-"};
  if (!field.starts_with(prefix)) return false;
  field.remove_prefix(prefix.size());
  if (field == "subscription-resource-requests") return true;
  const std::string_view word{bucket == ArmBucket::reads    ? "-reads"
                              : bucket == ArmBucket::writes ? "-writes"
                                                            : "-deletes"};
  return (field.starts_with("subscription-") || field.starts_with("tenant-")) &&
         field.ends_with(word);
}

}  // namespace spillway::aci
