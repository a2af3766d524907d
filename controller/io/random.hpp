// The seam for randomness: jitter, tie-breaks and unique names. Tests pass a `SeededRandom`.
// Not for choosing what to decide: decisions are pure (controller/core, policies).
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>

namespace spillway::io {

class Random {
 public:
  virtual ~Random() = default;

  /// 64 random bits.
  virtual std::uint64_t bits() = 0;

  /// Uniform in [0, 1).
  double unit();
};

/// The kernel's generator: unpredictable, so fit for names and tokens others must not guess.
class SystemRandom final : public Random {
 public:
  std::uint64_t bits() override;
};

/// The same sequence for the same seed, on every machine.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : engine_{seed} {}
  std::uint64_t bits() override { return engine_(); }

 private:
  std::mt19937_64 engine_;
};

/// `digits` lower-case hexadecimal digits, 4 random bits each.
std::string random_hex(Random& random, std::size_t digits);

}  // namespace spillway::io
