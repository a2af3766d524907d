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

/// For a driver that says of none that it starts: those asked for that are not ready are on their
/// way, however often the answer asks for them.
void SeenStarts::take_untold(TimePoint at, const BurstCount& burst) {
  const int had{before_->serving.count};
  const int missing{std::max(0, wanted_.value_or(Replicas{had}).count - had)};
  while (static_cast<int>(asked_at_.size()) > missing) asked_at_.pop_back();
  while (static_cast<int>(asked_at_.size()) < std::min(missing, most_followed)) {
    asked_at_.push_back(before_at_);
  }
  const int ready{std::clamp(burst.serving.count - had, 0, static_cast<int>(asked_at_.size()))};
  for (int i{0}; i < ready; ++i) note_ready(at, i, ready);
}

/// The oldest that starts became ready since the line before, as the i-th of so many: they are
/// spread evenly over the interval, which is right on average.
void SeenStarts::note_ready(TimePoint at, int i, int of) {
  const TimePoint asked_at{asked_at_.front()};
  asked_at_.pop_front();
  const TimePoint ready_at{before_at_ + (at - before_at_) * (2 * i + 1) / (2 * of)};
  if (ready_at - asked_at > longest_start) return;
  samples_.push_back(ready_at - asked_at);
  if (samples_.size() > start_samples_kept) samples_.pop_front();
}

void SeenStarts::take(TimePoint at, const BurstCount& burst) {
  is_starting_told_ = is_starting_told_ || burst.starting > 0_replicas;
  if (!is_starting_told_) return take_untold(at, burst);
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
    if (i < ready) {
      note_ready(at, i, ready);
    } else {
      asked_at_.pop_front();  // more went from `starting` than became ready: it failed
    }
  }
}

StartTimes SeenStarts::get() const {
  const std::vector<Duration> samples{samples_.begin(), samples_.end()};
  return start_times_of(samples);
}

}  // namespace spillway::cli
