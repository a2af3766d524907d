// How `auto` keeps its state in a policy's Memory: every part describes its numbers once, in
// `keep`, and the same description writes and reads them. A memory of another layout (an older
// version's, or damaged) is refused as a whole, and the policy learns anew.
//
// Counts that only need a fixed precision are kept two to a number, as 26-bit integers: a double
// holds 53 bits exactly, in JSON as well. This halves what the journal stores at every tick.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>

#include "controller/core/recommendation.hpp"

namespace spillway::autopilot {

inline constexpr double packed_steps{67'108'864.0};  // 2^26
inline constexpr double log_limit{128.0};
inline constexpr double log_offset{40.0};  // of two: 1e-12 and above

class Writer {
 public:
  explicit Writer(Memory& memory) : memory_{memory} {}

  void number(double& value) { memory_.push_back(value); }
  void numbers(std::span<double> values) {
    memory_.insert(memory_.end(), values.begin(), values.end());
  }
  /// Values from 0 to below `limit`, with a resolution of limit / 2^26.
  void packed(std::span<double> values, double limit) {
    pack(values, limit, [](double value) { return value; });
  }
  /// Values of any size, within 0.0002 % of each; what is 0 or less, or below 1e-12, becomes 0.
  void packed_logs(std::span<double> values) {
    pack(values, log_limit,
         [](double value) { return value > 0.0 ? std::log2(value) + log_offset : 0.0; });
  }

 private:
  template <class Map>
  void pack(std::span<const double> values, double limit, Map map) {
    const double scale{packed_steps / limit};
    const auto steps{[&](std::size_t i) {
      if (i >= values.size()) return 0.0;
      return std::clamp(std::nearbyint(map(values[i]) * scale), 0.0, packed_steps - 1.0);
    }};
    for (std::size_t i{0}; i < values.size(); i += 2) {
      memory_.push_back(steps(i) * packed_steps + steps(i + 1));
    }
  }

  Memory& memory_;
};

class Reader {
 public:
  explicit Reader(const Memory& memory) : memory_{memory} {}

  void number(double& value) { value = next(); }
  void numbers(std::span<double> values) {
    for (double& value : values) value = next();
  }
  void packed(std::span<double> values, double limit) {
    const double scale{limit / packed_steps};
    for (std::size_t i{0}; i < values.size(); i += 2) {
      const double both{next()};
      const double first{std::floor(both / packed_steps)};
      values[i] = first * scale;
      if (i + 1 < values.size()) values[i + 1] = (both - first * packed_steps) * scale;
    }
  }
  void packed_logs(std::span<double> values) {
    packed(values, log_limit);
    for (double& value : values) value = value > 0.0 ? std::exp2(value - log_offset) : 0.0;
  }
  /// Every number was there, was finite, and none is left over.
  bool is_whole() const { return !failed_ && at_ == memory_.size(); }

 private:
  double next() {
    const bool is_usable{at_ < memory_.size() && std::isfinite(memory_[at_])};
    if (!is_usable) {
      failed_ = true;
      return 0.0;
    }
    return memory_[at_++];
  }

  const Memory& memory_;
  std::size_t at_{0};
  bool failed_{false};
};

}  // namespace spillway::autopilot
