#include "policies/latency/auto/load_history.hpp"

#include <algorithm>
#include <cmath>
#include <span>

namespace spillway::autopilot {

void LoadHistory::open(double load) {
  std::ranges::copy_backward(std::span{loads_}.first(size - 1), loads_.end());
  loads_.front() = load;
  known_ = std::min(known_ + 1.0, static_cast<double>(size));
}

int LoadHistory::take(double at_s, double load) {
  const double slot{std::floor(at_s / slot_seconds)};
  if (is_empty() || slot < slot_) {  // a clock that went back begins anew
    loads_.fill(load);
    slot_ = slot;
    known_ = 1.0;
    sum_ = load;
    count_ = 1.0;
    return 0;
  }
  if (slot == slot_) {
    sum_ += load;
    count_ += 1.0;
    loads_.front() = sum_ / count_;
    if (known_ == 1.0) loads_.fill(loads_.front());
    return 0;
  }
  const double passed{std::min(slot - slot_, static_cast<double>(size))};
  for (double i{0.0}; i < passed; i += 1.0) open(load);
  slot_ = slot;
  sum_ = load;
  count_ = 1.0;
  return static_cast<int>(passed);
}

double LoadHistory::at(std::size_t back) const {
  return loads_[std::min(back, size - 1)];
}

std::span<const double> LoadHistory::slots(std::size_t from, std::size_t count) const {
  const std::size_t begin{std::min(from, size)};
  return std::span{loads_}.subspan(begin, std::min(count, size - begin));
}

double LoadHistory::mean(std::size_t from, std::size_t count) const {
  double sum{0.0};
  for (const double each : slots(from, count)) sum += each;
  // Beyond the oldest known, that one.
  sum += static_cast<double>(count - slots(from, count).size()) * loads_.back();
  return sum / static_cast<double>(count);
}

double LoadHistory::max(std::size_t from, std::size_t count) const {
  double most{from + count > size ? loads_.back() : 0.0};
  for (const double each : slots(from, count)) most = std::max(most, each);
  return most;
}

double LoadHistory::smooth(std::size_t back) const {
  return 0.25 * at(back + 1) + 0.5 * at(back) + 0.25 * at(back == 0 ? 0 : back - 1);
}

Line LoadHistory::line(std::size_t from, std::size_t count) const {
  const double middle{static_cast<double>(count - 1) / 2.0};
  double slope{0.0};
  double spread{0.0};
  double sum{0.0};
  for (std::size_t i{0}; i < count; ++i) {
    const double x{middle - static_cast<double>(i)};
    const double y{at(from + i)};
    slope += x * y;
    spread += x * x;
    sum += y;
  }
  slope /= spread;
  return {.newest = sum / static_cast<double>(count) + slope * middle, .slope = slope};
}

}  // namespace spillway::autopilot
