#include "controller/io/random.hpp"

#include <sys/random.h>

#include "controller/core/error.hpp"

namespace spillway::io {

double Random::unit() {
  // The upper 53 bits fill a double's mantissa exactly, so 1.0 itself never comes out.
  return static_cast<double>(bits() >> 11) * 0x1.0p-53;
}

std::uint64_t SystemRandom::bits() {
  std::uint64_t value{0};
  // The kernel guarantees requests of up to 256 bytes in full, once it has booted.
  const ssize_t size{getrandom(&value, sizeof value, 0)};
  SPILLWAY_ASSERT(size == static_cast<ssize_t>(sizeof value));
  return value;
}

std::string random_hex(Random& random, std::size_t digits) {
  std::string text{};
  text.reserve(digits);
  for (std::uint64_t pool{0}; text.size() < digits; pool >>= 4) {
    if (text.size() % 16 == 0) pool = random.bits();
    text += "0123456789abcdef"[pool & 0xf];
  }
  return text;
}

}  // namespace spillway::io
