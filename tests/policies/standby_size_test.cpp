#include "policies/cost/standby_size.hpp"

#include <doctest/doctest.h>

#include <vector>

#include "tests/support/gen.hpp"

namespace spillway::standby_size_test {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint t0{std::chrono::sys_days{std::chrono::year{2026} / 3 / 1}};
const StandbySettings automatic{.sizing = StandbySizing::automatic, .max = 5};

/// `count` bursts of `size` starts, `apart` from each other.
std::vector<TimePoint> bursts(int count, int size, Duration apart) {
  std::vector<TimePoint> starts{};
  for (int i{0}; i < count; ++i) {
    for (int k{0}; k < size; ++k) starts.push_back(t0 + i * apart + k * 2s);
  }
  return starts;
}

TEST_CASE("a fixed size is what the settings say") {
  CHECK(standby_size({.size = 3}, {}, 0s, 40s) == 3);
}

TEST_CASE("a group is kept warm if it is needed once per 1050 s, as the example says") {
  struct Row {
    const char* name;
    int count, size;
    Duration apart;
    int kept;
  };
  const Row rows[]{
      {"three every 17 minutes", 60, 3, 17min, 3},
      {"three every 18 minutes", 60, 3, 18min, 0},
      {"eight every 10 minutes: no more than the limit", 60, 8, 10min, 5},
      {"one every 10 minutes", 60, 1, 10min, 1},
      {"none", 0, 0, 10min, 0},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const Duration observed{std::max<Duration>(row.count * row.apart, 10h)};
    CHECK(standby_size(automatic, bursts(row.count, row.size, row.apart), observed, 40s) ==
          row.kept);
  }
}

TEST_CASE("starts within one cold start are one burst: the pool fills again only then") {
  CHECK(burst_sizes(bursts(2, 3, 10min), 40s) == std::vector<int>{3, 3});
  CHECK(burst_sizes({t0 + 39s, t0, t0 + 40s}, 40s) == std::vector<int>{2, 1});
  CHECK(burst_sizes({}, 40s).empty());
}

TEST_CASE("nothing is kept on less than an hour of history, nor where cold is as fast as warm") {
  CHECK(standby_size(automatic, bursts(5, 3, 10min), 59min, 40s) == 0);
  CHECK(standby_size(automatic, bursts(60, 3, 1min), 1h, 5s) == 0);
}

TEST_CASE("more bursts never keep fewer, and the limit holds") {
  testing::for_each_seed(200, [&](testing::Gen& gen) {
    std::vector<TimePoint> starts{};
    const int count{gen.integer(0, 200)};
    for (int i{0}; i < count; ++i) starts.push_back(t0 + gen.integer(0, 7200) * 1s);
    const int few{standby_size(automatic, starts, 2h, 60s)};
    for (int i{0}; i < 50; ++i) starts.push_back(starts.empty() ? t0 : starts.back());
    const int more{standby_size(automatic, starts, 2h, 60s)};
    CHECK(few <= more);
    CHECK(more <= automatic.max);
  });
}

}  // namespace
}  // namespace spillway::standby_size_test
