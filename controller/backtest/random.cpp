#include "controller/backtest/random.hpp"

#include <cmath>
#include <numbers>

namespace spillway::backtest {
namespace {

constexpr std::uint64_t golden{0x9e3779b97f4a7c15ULL};

/// The finalizer of SplitMix64 (Steele, Lea, Flood 2014): every input bit moves every output bit.
constexpr std::uint64_t mixed(std::uint64_t x) {
  x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27U)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31U);
}

/// ln(k!): by multiplication while that is exact, then Stirling's series (error below 1e-10).
double log_factorial(double k) {
  if (k < 10.0) {
    double product{1.0};
    for (double i{2.0}; i <= k; i += 1.0) product *= i;
    return std::log(product);
  }
  const double n{k + 1.0};
  const double inverse{1.0 / n};
  return (n - 0.5) * std::log(n) - n + 0.5 * std::log(2.0 * std::numbers::pi) + inverse / 12.0 -
         inverse * inverse * inverse / 360.0;
}

}  // namespace

double Dice::uniform(Stream stream, std::uint64_t index, std::uint64_t part) const {
  std::uint64_t bits{mixed(seed_ + golden)};
  bits = mixed(bits + golden * static_cast<std::uint64_t>(stream));
  bits = mixed(bits + golden * (index + 1));
  bits = mixed(bits + golden * (part + 1));
  return (static_cast<double>(bits >> 11U) + 0.5) * 0x1.0p-53;
}

double Dice::normal(Stream stream, std::uint64_t index) const {
  const double radius{std::sqrt(-2.0 * std::log(uniform(stream, index, 0)))};
  return radius * std::cos(2.0 * std::numbers::pi * uniform(stream, index, 1));
}

double Dice::lognormal(Stream stream, std::uint64_t index, double median, double sigma) const {
  return median * std::exp(sigma * normal(stream, index));
}

std::int64_t Dice::poisson(Stream stream, std::uint64_t index, double mean) const {
  if (mean <= 0.0) return 0;
  if (mean < 10.0) {
    double left{uniform(stream, index)};
    double share{std::exp(-mean)};
    std::int64_t count{0};
    while (left > share && count < 1000) {
      left -= share;
      share *= mean / static_cast<double>(++count);
    }
    return count;
  }
  const double b{0.931 + 2.53 * std::sqrt(mean)};
  const double a{-0.059 + 0.02483 * b};
  const double inverse_alpha{1.1239 + 1.1328 / (b - 3.4)};
  const double quick{0.9277 - 3.6224 / (b - 2.0)};
  const double log_mean{std::log(mean)};
  for (std::uint64_t attempt{0};; attempt += 2) {
    const double u{uniform(stream, index, attempt) - 0.5};
    const double v{uniform(stream, index, attempt + 1)};
    const double us{0.5 - std::abs(u)};
    const double k{std::floor((2.0 * a / us + b) * u + mean + 0.43)};
    if (us >= 0.07 && v <= quick) return static_cast<std::int64_t>(k);
    if (k < 0.0 || (us < 0.013 && v > us)) continue;
    if (std::log(v * inverse_alpha / (a / (us * us) + b)) <=
        k * log_mean - mean - log_factorial(k)) {
      return static_cast<std::int64_t>(k);
    }
  }
}

std::uint64_t seed_for(std::uint64_t seed, std::span<const std::int32_t> need) {
  std::uint64_t hash{mixed(seed + golden)};
  for (const std::int32_t each : need) {
    hash = mixed(hash + golden * (static_cast<std::uint32_t>(each) + 1ULL));
  }
  return hash;
}

}  // namespace spillway::backtest
