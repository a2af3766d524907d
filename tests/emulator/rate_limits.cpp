#include "tests/emulator/rate_limits.hpp"

#include <algorithm>

namespace spillway::emulator {

std::optional<Duration> TokenBucket::take(TimePoint now) {
  const double passed{seconds(std::max(now - refilled_, Duration::zero()))};
  tokens_ = std::min(size_.size, tokens_ + passed * size_.per_second);
  refilled_ = now;
  if (tokens_ >= 1.0) {
    tokens_ -= 1.0;
    return std::nullopt;
  }
  return duration_of_seconds((1.0 - tokens_) / std::max(size_.per_second, 1e-9));
}

ArmBuckets::Verdict ArmBuckets::take(const std::string& subscription, const std::string& principal,
                                     CallKind kind, TimePoint now) {
  // Observed on the wire: 3749 of 3750 left for the subscription beside 249 of 250 for the
  // principal.
  constexpr double global_factor{15};
  const BucketSize size{kind == CallKind::read    ? limits_.reads
                        : kind == CallKind::write ? limits_.writes
                                                  : limits_.deletes};
  const std::string scope{subscription + "/" + std::to_string(static_cast<int>(kind))};
  TokenBucket& global{
      buckets_
          .try_emplace(scope,
                       BucketSize{size.size * global_factor, size.per_second * global_factor}, now)
          .first->second};
  TokenBucket& own{buckets_.try_emplace(scope + "/" + principal, size, now).first->second};
  std::optional<Duration> wait{own.take(now)};
  if (!wait) wait = global.take(now);
  return {.wait = wait, .remaining = own.remaining(), .global_remaining = global.remaining()};
}

std::optional<Duration> RateWindow::take(TimePoint now) {
  constexpr Duration hour{std::chrono::hours{1}}, five_minutes{std::chrono::minutes{5}};
  while (!taken_.empty() && now - taken_.front() >= hour) taken_.pop_front();
  const auto recent{std::find_if(taken_.begin(), taken_.end(),
                                 [&](TimePoint at) { return now - at < five_minutes; })};
  const auto in_5_minutes{taken_.end() - recent};
  std::optional<Duration> wait;
  if (in_5_minutes >= per_5_minutes_) {
    // Room comes when enough of the oldest leave: the one `limit` places before the end goes last.
    wait =
        per_5_minutes_ == 0 ? five_minutes : *(taken_.end() - per_5_minutes_) + five_minutes - now;
  }
  if (std::ssize(taken_) >= per_hour_) {
    const Duration until{per_hour_ == 0 ? hour : *(taken_.end() - per_hour_) + hour - now};
    wait = std::max(wait.value_or(Duration::zero()), until);
  }
  if (!wait) taken_.push_back(now);
  return wait;
}

}  // namespace spillway::emulator
