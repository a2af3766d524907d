#include "controller/backtest/random.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

namespace spillway::backtest::random_test {
namespace {

struct Moments {
  double mean{0.0};
  double variance{0.0};
};

template <class Draw>
Moments moments(int count, Draw draw) {
  double sum{0.0};
  double squares{0.0};
  for (int i{0}; i < count; ++i) {
    const double x{draw(static_cast<std::uint64_t>(i))};
    sum += x;
    squares += x * x;
  }
  const double mean{sum / count};
  return {mean, squares / count - mean * mean};
}

TEST_CASE("a draw depends on seed, stream, index and part, and on nothing else") {
  const Dice dice{7};
  const double first{dice.uniform(Stream::arrivals, 3)};
  CHECK(first == Dice{7}.uniform(Stream::arrivals, 3));
  CHECK(first != Dice{8}.uniform(Stream::arrivals, 3));
  CHECK(first != dice.uniform(Stream::vm_start, 3));
  CHECK(first != dice.uniform(Stream::arrivals, 4));
  CHECK(first != dice.uniform(Stream::arrivals, 3, 1));
}

TEST_CASE("uniform draws fill the unit interval evenly") {
  const Dice dice{1};
  std::vector<int> tenths(10, 0);
  for (std::uint64_t i{0}; i < 100'000; ++i) {
    ++tenths[static_cast<std::size_t>(10.0 * dice.uniform(Stream::arrivals, i))];
  }
  // Five standard deviations of a binomial count: 5 * sqrt(100 000 * 0.1 * 0.9) = 474.
  for (const int count : tenths) CHECK(std::abs(count - 10'000) < 474);
}

TEST_CASE("a lognormal start has its median in the middle and its mean beyond it") {
  const Dice dice{2};
  int below{0};
  const Moments found{moments(100'000, [&](std::uint64_t i) {
    const double x{dice.lognormal(Stream::burst_start, i, 30.0, 0.35)};
    below += x < 30.0 ? 1 : 0;
    return x;
  })};
  CHECK(below == doctest::Approx(50'000).epsilon(0.02));
  CHECK(found.mean == doctest::Approx(30.0 * std::exp(0.5 * 0.35 * 0.35)).epsilon(0.01));
}

TEST_CASE("a Poisson count has the mean asked for as mean and as variance") {
  const Dice dice{3};
  for (const double mean : {0.3, 4.0, 9.9, 10.1, 60.0, 3000.0}) {
    CAPTURE(mean);
    const Moments found{moments(40'000, [&](std::uint64_t i) {
      return static_cast<double>(dice.poisson(Stream::arrivals, i, mean));
    })};
    CHECK(found.mean == doctest::Approx(mean).epsilon(0.02));
    CHECK(found.variance == doctest::Approx(mean).epsilon(0.05));
  }
  CHECK(dice.poisson(Stream::arrivals, 1, 0.0) == 0);
}

TEST_CASE("each load has noise of its own, whatever its name") {
  const std::vector<std::int32_t> a{1, 2, 3};
  const std::vector<std::int32_t> b{1, 2, 4};
  CHECK(seed_for(1, a) != seed_for(1, b));
  CHECK(seed_for(1, a) != seed_for(2, a));
  CHECK(seed_for(1, a) == seed_for(1, a));
}

}  // namespace
}  // namespace spillway::backtest::random_test
