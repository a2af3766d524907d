// Two numbers at a time, as every processor of the last twenty years computes them: for loops that
// compilers leave one by one, since they cannot see that what is written is not what is read.
// Bit for bit the same as one after the other.
#pragma once

#include <array>
#include <bit>
#include <cstddef>

namespace spillway::autopilot {

using NumberPair [[gnu::vector_size(2 * sizeof(double))]] = double;

/// An even number of numbers, by pairs.
template <std::size_t size>
using NumberPairs = std::array<NumberPair, size / 2>;

constexpr NumberPair both(double value) {
  return NumberPair{value, value};
}

template <std::size_t size>
NumberPairs<size> pairs_of(const std::array<double, size>& numbers) {
  static_assert(size % 2 == 0);
  return std::bit_cast<NumberPairs<size>>(numbers);
}

template <std::size_t pairs>
std::array<double, 2 * pairs> numbers_of(const std::array<NumberPair, pairs>& all) {
  return std::bit_cast<std::array<double, 2 * pairs>>(all);
}

}  // namespace spillway::autopilot
