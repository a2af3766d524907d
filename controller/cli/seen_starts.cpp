#include "controller/cli/seen_starts.hpp"

#include <algorithm>
#include <vector>

#include "controller/core/start_times.hpp"

namespace spillway::cli {
namespace {

/// Over a longer gap between two lines nobody knows what happened; the longest loop period is 60 s.
constexpr Duration longest_gap{std::chrono::minutes{2}};

/// A start that takes longer is none: something did not follow the answers.
constexpr Duration longest_start{std::chrono::minutes{10}};

/// A driver may start more than this; how long so many take is known from fewer.
constexpr int most_followed{10'000};

}  // namespace

void SeenStarts::see(TimePoint at, const std::optional<BurstCount>& burst) {
  const bool is_known{burst && before_ && at - before_at_ <= longest_gap};
  if (is_known) {
    if (at > before_at_) take(at, *burst);
  } else {
    asked_at_.clear();
  }
  before_ = burst;
  before_at_ = at;
  wanted_.reset();
}

void SeenStarts::take(TimePoint at, const BurstCount& burst) {
  const int had{before_->wanted().count};
  const int wanted{wanted_.value_or(before_->wanted()).count};
  const int room{most_followed - static_cast<int>(asked_at_.size())};
  for (int i{0}; i < std::min(wanted - had, room); ++i) asked_at_.push_back(before_at_);
  const auto starting{static_cast<std::size_t>(std::max(0, burst.starting.count))};
  const bool shrinks{wanted < had};
  if (shrinks) {
    // Which ones went, and whether any became ready meanwhile, cannot be seen: no samples.
    while (asked_at_.size() > starting) asked_at_.pop_back();
    return;
  }
  const int ended{static_cast<int>(asked_at_.size()) - static_cast<int>(starting)};
  const int ready{std::clamp(burst.serving.count - before_->serving.count, 0, std::max(0, ended))};
  for (int i{0}; i < ended; ++i) {
    const TimePoint asked_at{asked_at_.front()};
    asked_at_.pop_front();
    // More went from `starting` than became ready: the others failed.
    if (i >= ready) continue;
    // Somewhere in this interval: spread evenly over it, which is right on average.
    const TimePoint ready_at{before_at_ + (at - before_at_) * (2 * i + 1) / (2 * ready)};
    if (ready_at - asked_at > longest_start) continue;
    samples_.push_back(ready_at - asked_at);
    if (samples_.size() > start_samples_kept) samples_.pop_front();
  }
}

StartTimes SeenStarts::get() const {
  const std::vector<Duration> samples{samples_.begin(), samples_.end()};
  return start_times_of(samples);
}

}  // namespace spillway::cli
