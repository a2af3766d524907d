// Values that are kept in a Memory two to a number, and looked at one by one: for those of which a
// decision needs a few out of hundreds, as the places of a clock. In between they are floats that
// are equal to what is kept.
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

/// What comes back of a value that was packed. In few steps, without a branch: histograms are
/// rounded as a whole.
constexpr double rounded(double value) {
  constexpr std::uint64_t kept_bits{~((1ULL << dropped_bits) - 1)};
  const double within{value > largest ? largest : value};
  const auto back{std::bit_cast<double>(std::bit_cast<std::uint64_t>(within) & kept_bits)};
  return back > least ? back : 0.0;
}

template <std::size_t size>
inline constexpr std::size_t numbers_for{(size + 1) / 2};

}  // namespace packing

template <std::size_t size>
class PackedArray {
 public:
  PackedArray() = default;  ///< all 0
  explicit PackedArray(double value) {
    for (std::size_t i{0}; i < size; ++i) set(i, value);
  }

  double operator[](std::size_t i) const { return static_cast<double>(values_[i]) * unit; }
  void set(std::size_t i, double value) {
    values_[i] = static_cast<float>(packing::rounded(value) * (1.0 / unit));
  }

  template <class Archive>
  void keep(Archive& archive) {
    if constexpr (!Archive::rounds) {
      std::array<double, packing::numbers_for<size>> numbers{};
      for (std::size_t i{0}; i < size; i += 2) {
        const std::uint64_t second{i + 1 < size ? packing::bits_of((*this)[i + 1]) : 0};
        numbers[i / 2] =
            packing::number_of(packing::bits_of((*this)[i]) << packing::value_bits | second);
      }
      archive.integers(numbers);
      for (std::size_t i{0}; i < size; ++i) {
        const int shift{i % 2 == 0 ? packing::value_bits : 0};
        set(i, packing::value_of(packing::both_of(numbers[i / 2]) >> shift & packing::value_mask));
      }
    }
  }

 private:
  /// A float of 32 bits has room for all of a value, and computes as fast as a double; in this unit
  /// the least of them is none of the tiny floats that processors are slow with.
  static constexpr double unit{0x1p-20};

  std::array<float, size> values_{};
};

}  // namespace spillway::autopilot
