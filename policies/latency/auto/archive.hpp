// How `auto` keeps its state in a policy's Memory: every part describes its numbers once, in
// `keep`, and the same description writes and reads them. A memory of another layout (an older
// version's, or damaged) is refused as a whole, and the policy learns anew.
//
// Values that only need a fixed precision are kept two to a number (`PackedArray`), which halves
// what the journal stores at every tick. Histograms are changed as a whole at every decision, and
// so are packed and unpacked here: with the same few operations on the bits of each value, without
// a branch, which compilers do for several values at once. From one tick to the next a process goes
// on with the state itself, and rounds it to what the numbers would say (`Rounder`).
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
  for (std::size_t i{0}; i < size; ++i) values[i] = within[i] > least ? within[i] : 0.0;
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

/// How many numbers a part of the state takes.
class Counter {
 public:
  static constexpr bool rounds{false};
  void number(double&) { ++count_; }
  void numbers(std::span<double> values) { count_ += values.size(); }
  void integers(std::span<double> numbers) { count_ += numbers.size(); }
  template <std::size_t size>
  void packed(const std::array<double, size>&) {
    count_ += packing::numbers_for<size>;
  }
  std::size_t count() const { return count_; }

 private:
  std::size_t count_{0};
};

/// Fills a memory that has room for all that is written.
class Writer {
 public:
  static constexpr bool rounds{false};
  explicit Writer(Memory& memory) : rest_{memory} {}

  void number(double& value) { take(1).front() = value; }
  void numbers(std::span<double> values) { std::ranges::copy(values, take(values.size()).begin()); }
  /// Numbers that hold two values each.
  void integers(std::span<double> numbers) { this->numbers(numbers); }
  /// Values as `PackedArray` has them.
  template <std::size_t size>
  void packed(const std::array<double, size>& values) {
    const auto numbers{packing::pack(values)};
    std::ranges::copy(numbers, take(numbers.size()).begin());
  }

 private:
  std::span<double> take(std::size_t count) {
    const auto taken{rest_.first(count)};
    rest_ = rest_.subspan(count);
    return taken;
  }

  std::span<double> rest_;
};

/// All that `part` keeps.
template <class Part>
Memory written(Part& part) {
  Counter counter{};
  part.keep(counter);
  Memory memory(counter.count());
  Writer writer{memory};
  part.keep(writer);
  return memory;
}

/// Leaves of each value what a memory would give back.
class Rounder {
 public:
  static constexpr bool rounds{true};  ///< what is rounded already may be left out
  void number(double& value) { doubt_ += value * 0.0; }
  template <std::size_t size>
  void numbers(std::array<double, size>& values) {
    numbers(std::span<const double, size>{values});
  }
  /// Of a length that is known: without a question at each of them.
  template <std::size_t size>
  void numbers(std::span<const double, size> values) {
    std::array<double, 4> sums{};
    const auto value{values.begin()};
    constexpr std::size_t whole{size / sums.size() * sums.size()};
    for (std::size_t i{0}; i < whole; i += sums.size()) {
      for (std::size_t lane{0}; lane < sums.size(); ++lane) {
        sums[lane] += value[static_cast<std::ptrdiff_t>(i + lane)] * 0.0;
      }
    }
    for (std::size_t i{whole}; i < size; ++i) doubt_ += value[static_cast<std::ptrdiff_t>(i)] * 0.0;
    doubt_ += sums[0] + sums[1] + sums[2] + sums[3];
  }
  void integers(std::span<double>) {}  // they are in the memory as they are, and finite
  template <std::size_t size>
  void packed(std::array<double, size>& values) {
    for (double& value : values) value = packing::rounded(value);
  }
  /// No infinity was seen, and nothing that is no number.
  bool is_finite() const { return doubt_ == 0.0; }

 private:
  double doubt_{0.0};
};

class Reader {
 public:
  static constexpr bool rounds{false};
  explicit Reader(std::span<const double> memory) : rest_{memory}, failed_{!all_finite(memory)} {}

  void number(double& value) {
    const auto from{take(1)};
    value = from.empty() ? 0.0 : from.front();
  }
  void numbers(std::span<double> values) { std::ranges::copy(take(values.size()), values.begin()); }
  void integers(std::span<double> numbers) {
    const auto from{take(numbers.size())};
    failed_ = failed_ || !packing::all_packed(from);
    std::ranges::copy(from, numbers.begin());
  }
  template <std::size_t size>
  void packed(std::array<double, size>& values) {
    std::array<double, packing::numbers_for<size>> numbers{};
    integers(numbers);
    values = packing::unpack<size>(numbers);
  }
  /// Every number was there, all were finite, those packed were in their range, none is left over.
  bool is_whole() const { return !failed_ && rest_.empty(); }

 private:
  /// The next numbers; none at all if there are not so many.
  std::span<const double> take(std::size_t count) {
    if (count > rest_.size()) {
      failed_ = true;
      return {};
    }
    const auto taken{rest_.first(count)};
    rest_ = rest_.subspan(count);
    return taken;
  }

  std::span<const double> rest_;
  bool failed_{false};
};

}  // namespace spillway::autopilot
