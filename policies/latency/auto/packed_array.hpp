// Values that stay as they are kept in a Memory, two to a number, and are looked at one by one: for
// those of which a decision needs a few out of hundreds, as the places of a clock.
//
//   number = 2^26 * bits(first) + bits(second)      below 2^52, exact in a double and in JSON
//
// A value is a float of 26 bits, eight of them its exponent: from 0 to 1e30, within 0.0004 % of it.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace spillway::autopilot {

namespace packing {

/// A value as it is packed: eight bits of exponent, and these of the fraction.
inline constexpr int fraction_bits{18};
inline constexpr int value_bits{8 + fraction_bits};
inline constexpr std::uint64_t value_mask{(1ULL << value_bits) - 1};
inline constexpr double largest{1e30};
/// 2^-127: what is smaller, and what is no number, becomes 0.
inline constexpr double least{0x1p-127};

inline constexpr int dropped_bits{52 - fraction_bits};
inline constexpr std::uint64_t least_bits{std::bit_cast<std::uint64_t>(least) >> dropped_bits};
/// Exponent of a double in [2^52, 2^53): its fraction is an integer of 52 bits.
inline constexpr std::uint64_t integer_exponent{0x433ULL << 52};

constexpr std::uint64_t bits_of(double value) {
  const double above{value > least ? value : least};
  const double within{above < largest ? above : largest};
  return (std::bit_cast<std::uint64_t>(within) >> dropped_bits) - least_bits;
}

constexpr double value_of(std::uint64_t bits) {
  return bits == 0 ? 0.0 : std::bit_cast<double>((bits + least_bits) << dropped_bits);
}

constexpr double number_of(std::uint64_t both) {
  return std::bit_cast<double>(integer_exponent | both) - 0x1p52;
}

constexpr std::uint64_t both_of(double number) {
  return std::bit_cast<std::uint64_t>(number + 0x1p52) ^ integer_exponent;
}

template <std::size_t size>
inline constexpr std::size_t numbers_for{(size + 1) / 2};

}  // namespace packing

template <std::size_t size>
class PackedArray {
 public:
  PackedArray() = default;  ///< all 0
  explicit PackedArray(double value) {
    const std::uint64_t bits{packing::bits_of(value)};
    numbers_.fill(packing::number_of(bits << packing::value_bits | bits));
  }

  double operator[](std::size_t i) const {
    return packing::value_of(packing::both_of(numbers_[i / 2]) >> shift_of(i) &
                             packing::value_mask);
  }
  void set(std::size_t i, double value) {
    const std::uint64_t others{packing::both_of(numbers_[i / 2]) &
                               ~(packing::value_mask << shift_of(i))};
    numbers_[i / 2] = packing::number_of(others | packing::bits_of(value) << shift_of(i));
  }

  template <class Archive>
  void keep(Archive& archive) {
    archive.integers(numbers_);
  }

 private:
  static constexpr int shift_of(std::size_t i) { return i % 2 == 0 ? packing::value_bits : 0; }

  std::array<double, packing::numbers_for<size>> numbers_{};
};

}  // namespace spillway::autopilot
