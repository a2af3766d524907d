// How `auto` keeps its state in a policy's Memory: every part describes its numbers once, in
// `keep`, and the same description writes and reads them. A memory of another layout (an older
// version's, or damaged) is refused as a whole, and the policy learns anew.
//
// Values that only need a fixed precision are kept two to a number (`PackedArray`), which halves
// what the journal stores at every tick. Histograms are changed as a whole at every decision, and
// so are packed and unpacked here: with the same few operations on the bits of each value, without
// a branch, which compilers do for several values at once.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>

#include "controller/core/recommendation.hpp"
#include "policies/latency/auto/packed_array.hpp"
#include "policies/remembered.hpp"

namespace spillway::autopilot {

namespace packing {

/// Two values to a number: the first half of them beside the second.
template <std::size_t size>
std::array<double, numbers_for<size>> pack(const std::array<double, size>& values) {
  constexpr std::size_t numbers{numbers_for<size>};
  std::array<double, 2 * numbers> within{};
  for (std::size_t i{0}; i < size; ++i) {
    const double above{values[i] > least ? values[i] : least};
    within[i] = above < largest ? above : largest;
  }
  if constexpr (size % 2 == 1) within[size] = least;
  const auto bits{std::bit_cast<std::array<std::uint64_t, 2 * numbers>>(within)};
  std::array<std::uint64_t, numbers> both{};
  for (std::size_t i{0}; i < numbers; ++i) {
    const std::uint64_t first{(bits[i] >> dropped_bits) - least_bits};
    const std::uint64_t second{(bits[numbers + i] >> dropped_bits) - least_bits};
    both[i] = integer_exponent | first << value_bits | second;
  }
  auto packed{std::bit_cast<std::array<double, numbers>>(both)};
  for (double& each : packed) each -= 0x1p52;
  return packed;
}

template <std::size_t size>
std::array<double, size> unpack(const std::array<double, numbers_for<size>>& packed) {
  constexpr std::size_t numbers{numbers_for<size>};
  std::array<double, numbers> integers{};
  for (std::size_t i{0}; i < numbers; ++i) integers[i] = packed[i] + 0x1p52;
  const auto both{std::bit_cast<std::array<std::uint64_t, numbers>>(integers)};
  std::array<std::uint64_t, 2 * numbers> bits{};
  for (std::size_t i{0}; i < numbers; ++i) {
    bits[i] = ((both[i] >> value_bits & value_mask) + least_bits) << dropped_bits;
    bits[numbers + i] = ((both[i] & value_mask) + least_bits) << dropped_bits;
  }
  const auto within{std::bit_cast<std::array<double, 2 * numbers>>(bits)};
  std::array<double, size> values{};
  for (std::size_t i{0}; i < size; ++i) values[i] = within[i] - least;
  return values;
}

/// Each of them may be two values: an integer from 0 to below 2^52, or rounds to one.
inline bool all_packed(std::span<const double> numbers) {
  std::uint64_t strange{0};
  for (const double each : numbers) {
    strange |= std::bit_cast<std::uint64_t>(each + 0x1p52) ^ integer_exponent;
  }
  return strange >> 52 == 0;
}

}  // namespace packing

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
  /// Numbers that hold two values each.
  void integers(std::span<double> numbers) {
    memory_.insert(memory_.end(), numbers.begin(), numbers.end());
  }
  /// Values as `PackedArray` has them.
  template <std::size_t size>
  void packed(const std::array<double, size>& values) {
    const auto numbers{packing::pack(values)};
    memory_.insert(memory_.end(), numbers.begin(), numbers.end());
  }
  /// No infinity was written, and nothing that is no number.
  bool is_finite() const { return is_finite_; }

 private:
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
  void integers(std::span<double> numbers) {
    const auto from{take(numbers.size())};
    failed_ = failed_ || !packing::all_packed(from);
    if (!from.empty()) std::ranges::copy(from, numbers.begin());
  }
  template <std::size_t size>
  void packed(std::array<double, size>& values) {
    std::array<double, packing::numbers_for<size>> numbers{};
    integers(numbers);
    values = packing::unpack<size>(numbers);
  }
  /// Every number was there, was finite, those packed were in their range, and none is left over.
  bool is_whole() const { return !failed_ && at_ == memory_.size(); }

 private:
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
