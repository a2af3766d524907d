#include "controller/core/start_times.hpp"

#include <doctest/doctest.h>

#include <vector>

#include "tests/support/printing.hpp"

namespace spillway::start_times_test {
namespace {

using namespace std::chrono_literals;

TEST_CASE("a handful of samples does not set the horizon") {
  const std::vector<Duration> four{5s, 5s, 5s, 5s};
  CHECK(start_times_of(four) == StartTimes{});
  const std::vector<Duration> five{5s, 5s, 5s, 5s, 5s};
  CHECK(start_times_of(five) == StartTimes{5s, 5s});
}

TEST_CASE("median and p95 are samples, by nearest rank, in whatever order they come") {
  std::vector<Duration> samples{};
  for (int s{39}; s >= 20; --s) samples.push_back(std::chrono::seconds{s});
  CHECK(start_times_of(samples) == StartTimes{29s, 38s});
}

TEST_CASE("one start in a hundred does not move the p95, one in ten does") {
  std::vector<Duration> samples(100, Duration{30s});
  samples[17] = 300s;
  CHECK(start_times_of(samples) == StartTimes{30s, 30s});
  for (std::size_t i{0}; i < 10; ++i) samples[i * 10] = 300s;
  CHECK(start_times_of(samples) == StartTimes{30s, 300s});
}

}  // namespace
}  // namespace spillway::start_times_test
