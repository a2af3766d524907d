#include "policies/latency/auto/load_history.hpp"

#include <algorithm>
#include <span>

#include "policies/latency/auto/whole_part.hpp"

namespace spillway::autopilot {

void LoadHistory::open(double load) {
  std::ranges::copy_backward(std::span{loads_}.first(size - 1), loads_.end());
  loads_.front() = load;
  known_ = std::min(known_ + 1.0, static_cast<double>(size));
}

int LoadHistory::take(double at_s, double load) {
  const double slot{whole_part(at_s / slot_seconds)};
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

std::span<const double> LoadHistory::slots(std::size_t from, std::size_t count) const {
  const std::size_t begin{std::min(from, size)};
  return std::span{loads_}.subspan(begin, std::min(count, size - begin));
}

double LoadHistory::mean_beyond(std::size_t from, std::size_t count) const {
  const auto known{slots(from, count)};
  double sum{0.0};
  for (const double each : known) sum += each;
  // Beyond the oldest known, that one.
  sum += static_cast<double>(count - known.size()) * loads_.back();
  return sum / static_cast<double>(count);
}

double LoadHistory::max(std::size_t from, std::size_t count) const {
  // Four at a time, so that none waits for the comparison before.
  double first{from + count > size ? loads_.back() : 0.0};
  double second{0.0};
  double third{0.0};
  double fourth{0.0};
  const auto known{slots(from, count)};
  auto load{known.begin()};
  for (auto left{known.size()}; left >= 4; left -= 4, load += 4) {
    first = std::max(load[0], first);
    second = std::max(load[1], second);
    third = std::max(load[2], third);
    fourth = std::max(load[3], fourth);
  }
  for (; load != known.end(); ++load) first = std::max(*load, first);
  return std::max(std::max(first, second), std::max(third, fourth));
}

double LoadHistory::smooth(std::size_t back) const {
  return 0.25 * at(back + 1) + 0.5 * at(back) + 0.25 * at(back == 0 ? 0 : back - 1);
}

Line LoadHistory::line(std::size_t from, std::size_t count) const {
  const double n{static_cast<double>(count)};
  const double middle{(n - 1.0) / 2.0};
  double slope{0.0};
  double sum{0.0};
  double x{middle};
  const auto add{[&](double y) {
    slope += x * y;
    sum += y;
    x -= 1.0;
  }};
  const auto known{slots(from, count)};
  for (const double y : known) add(y);
  for (std::size_t i{known.size()}; i < count; ++i) add(loads_.back());
  slope /= n * (n * n - 1.0) / 12.0;  // by the sum of x * x
  return {.newest = sum / static_cast<double>(count) + slope * middle, .slope = slope};
}

}  // namespace spillway::autopilot
