// How `auto` keeps its state in a policy's Memory: every part describes its numbers once, in
// `keep`, and the same description writes and reads them. A memory of another layout (an older
// version's, or damaged) is refused as a whole, and the policy learns anew.
//
// Counts that only need a fixed precision are kept two to a number, as 26-bit integers: a double
// holds 53 bits exactly, in JSON as well. This halves what the journal stores at every tick. All of
// it happens at every decision, so it is integer arithmetic, without a call to the math library.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>

#include "controller/core/recommendation.hpp"
#include "policies/remembered.hpp"

namespace spillway::autopilot {

inline constexpr int packed_bits{26};
inline constexpr std::uint64_t packed_steps{1ULL << packed_bits};

/// A float without its sign has 31 bits; its last five are of no use here.
inline constexpr int float_bits_dropped{5};
inline constexpr double largest_float{1e30};

/// Numbers that so many values take when they are packed.
constexpr std::size_t packed_size(std::size_t values) {
  return (values + 1) / 2;
}

/// Steps of `limit` / 2^26; what is below 0 or no number becomes 0.
inline std::uint64_t steps_of(double value, double per_step) {
  const double steps{value * per_step + 0.5};
  if (!(steps > 0.0)) return 0;
  constexpr double most{static_cast<double>(packed_steps - 1)};
  // Signed, since that is one instruction.
  return static_cast<std::uint64_t>(static_cast<std::int64_t>(std::min(steps, most)));
}

class Writer {
 public:
  explicit Writer(Memory& memory) : memory_{memory} {}

  void number(double& value) {
    is_finite_ = is_finite_ && std::isfinite(value);
    memory_.push_back(value);
  }
  void numbers(std::span<double> values) {
    is_finite_ = is_finite_ && all_finite(values);
    memory_.insert(memory_.end(), values.begin(), values.end());
  }
  /// Values from 0 to below `limit`, with a resolution of limit / 2^26.
  void packed(std::span<double> values, double limit) {
    const double per_step{static_cast<double>(packed_steps) / limit};
    pack(values, [per_step](double value) { return steps_of(value, per_step); });
  }
  /// Values up to 1e30, within 0.0004 % of each; what is 0 or less becomes 0.
  void packed_floats(std::span<double> values) {
    pack(values, [](double value) -> std::uint64_t {
      if (!(value > 0.0)) return 0;
      const auto single{static_cast<float>(std::min(value, largest_float))};
      return std::bit_cast<std::uint32_t>(single) >> float_bits_dropped;
    });
  }
  /// No infinity was written, and nothing that is no number.
  bool is_finite() const { return is_finite_; }

 private:
  template <class Steps>
  void pack(std::span<const double> values, Steps steps) {
    const std::size_t begin{memory_.size()};
    memory_.resize(begin + packed_size(values.size()));
    double* to{memory_.data() + begin};
    const double* from{values.data()};
    for (std::size_t left{values.size()}; left > 0; left -= std::min<std::size_t>(left, 2)) {
      const std::uint64_t first{steps(*from++)};
      const std::uint64_t second{left > 1 ? steps(*from++) : 0};
      *to++ = static_cast<double>(static_cast<std::int64_t>(first << packed_bits | second));
    }
  }

  Memory& memory_;
  bool is_finite_{true};
};

class Reader {
 public:
  explicit Reader(const Memory& memory) : memory_{memory} {}

  void number(double& value) {
    const auto from{take(1)};
    value = from.empty() ? 0.0 : from.front();
    failed_ = failed_ || !std::isfinite(value);
  }
  void numbers(std::span<double> values) {
    const auto from{take(values.size())};
    failed_ = failed_ || !all_finite(from);
    if (!from.empty()) std::ranges::copy(from, values.begin());
  }
  void packed(std::span<double> values, double limit) {
    const double step{limit / static_cast<double>(packed_steps)};
    unpack(values, [step](std::uint64_t steps) {
      return static_cast<double>(static_cast<std::int64_t>(steps)) * step;
    });
  }
  void packed_floats(std::span<double> values) {
    unpack(values, [](std::uint64_t steps) {
      const auto bits{static_cast<std::uint32_t>(steps << float_bits_dropped)};
      // Infinities come of damage only.
      const double value{std::bit_cast<float>(bits)};
      return value <= largest_float ? value : 0.0;
    });
  }
  /// Every number was there, was finite, those packed were in their range, and none is left over.
  bool is_whole() const { return !failed_ && at_ == memory_.size(); }

 private:
  template <class Value>
  void unpack(std::span<double> values, Value value) {
    constexpr double beyond{static_cast<double>(packed_steps * packed_steps)};
    double* to{values.data()};
    std::size_t left{values.size()};
    for (const double number : take(packed_size(values.size()))) {
      // Two counts of 26 bits, or none that was packed here.
      const bool is_packed{number >= 0.0 && number < beyond};
      failed_ = failed_ || !is_packed;
      const auto both{
          static_cast<std::uint64_t>(static_cast<std::int64_t>(is_packed ? number : 0))};
      *to++ = value(both >> packed_bits);
      if (left > 1) *to++ = value(both & (packed_steps - 1));
      left -= std::min<std::size_t>(left, 2);
    }
  }

  /// The next numbers; none at all if there are not so many.
  std::span<const double> take(std::size_t count) {
    if (count > memory_.size() - at_) {
      failed_ = true;
      return {};
    }
    at_ += count;
    return std::span{memory_}.subspan(at_ - count, count);
  }

  const Memory& memory_;
  std::size_t at_{0};
  bool failed_{false};
};

}  // namespace spillway::autopilot
