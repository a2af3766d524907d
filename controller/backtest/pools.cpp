#include "controller/backtest/pools.hpp"

#include <algorithm>
#include <cmath>

namespace spillway::backtest {
namespace {

/// The first whole second at which something that takes `taken` seconds is there; at least one.
std::int64_t second_after(std::int64_t now, double taken) {
  return now + std::max<std::int64_t>(1, static_cast<std::int64_t>(std::ceil(taken)));
}

std::int64_t earliest(const std::vector<Starting>& starting) {
  std::int64_t first{INT64_MAX};
  for (const Starting& each : starting) first = std::min(first, each.ready_at);
  return first;
}

/// Lets go of `surplus`: the newest that start, then ready ones.
void release(std::vector<Starting>& starting, int& ready, int surplus) {
  const int unborn{std::min(surplus, static_cast<int>(starting.size()))};
  starting.resize(starting.size() - static_cast<std::size_t>(unborn));
  ready -= std::min(ready, surplus - unborn);
}

}  // namespace

void BurstPool::want(int wanted, std::int64_t now) {
  const int difference{wanted - ready_ - starting()};
  if (difference < 0) {
    release(starting_, ready_, -difference);
  } else if (difference > 0) {
    create(difference, now);
  }
  next_event_ = std::min(earliest(starting_), earliest(refills_));
}

Starting BurstPool::cold_start(std::int64_t now) {
  const auto index{static_cast<std::uint64_t>(starts_++)};
  const double taken{dice_.lognormal(Stream::burst_start, index, seconds(world_.start_median),
                                     world_.start_sigma)};
  const bool fails{dice_.uniform(Stream::burst_failure, index) < world_.failed_share};
  return {.ready_at = second_after(now, taken), .fails = fails};
}

void BurstPool::create(int count, std::int64_t now) {
  while (!recent_creates_.empty() && recent_creates_.front() <= now - 3600) {
    recent_creates_.pop_front();
  }
  const auto in_hour{static_cast<int>(recent_creates_.size())};
  const auto since{std::upper_bound(recent_creates_.begin(), recent_creates_.end(), now - 300)};
  const auto in_5min{static_cast<int>(recent_creates_.end() - since)};
  const int allowed{
      std::min({world_.max_groups - ready_ - starting(), world_.creates_per_5min - in_5min,
                world_.creates_per_hour - in_hour})};
  for (int i{0}; i < std::min(count, allowed); ++i) {
    ++creates_;
    recent_creates_.push_back(now);
    if (standby_ > 0) {
      --standby_;
      starting_.push_back({.ready_at = second_after(now, seconds(world_.standby_start))});
      refills_.push_back(cold_start(now));
    } else {
      starting_.push_back(cold_start(now));
    }
  }
}

void BurstPool::happen(std::int64_t now) {
  std::erase_if(starting_, [&](const Starting& each) {
    if (each.ready_at > now) return false;
    if (each.fails) {
      ++failures_;
    } else {
      ++ready_;
    }
    return true;
  });
  int failed{0};
  std::erase_if(refills_, [&](const Starting& each) {
    if (each.ready_at > now) return false;
    failed += each.fails ? 1 : 0;
    standby_ += each.fails ? 0 : 1;
    return true;
  });
  for (; failed > 0; --failed) refills_.push_back(cold_start(now));
  next_event_ = std::min(earliest(starting_), earliest(refills_));
}

void MachinePool::want(int wanted, std::int64_t now) {
  const int difference{wanted - ready_ - starting()};
  if (difference < 0) release(starting_, ready_, -difference);
  for (int i{0}; i < difference; ++i) {
    const double share{dice_.uniform(Stream::vm_start, static_cast<std::uint64_t>(creates_++))};
    const double spread{seconds(world_.vm_start_max - world_.vm_start_min)};
    starting_.push_back({second_after(now, seconds(world_.vm_start_min) + share * spread), false});
  }
  next_event_ = earliest(starting_);
}

void MachinePool::happen(std::int64_t now) {
  std::erase_if(starting_, [&](const Starting& each) {
    if (each.ready_at > now) return false;
    ++ready_;
    return true;
  });
  next_event_ = earliest(starting_);
}

}  // namespace spillway::backtest
