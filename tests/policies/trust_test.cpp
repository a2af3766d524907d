#include "policies/combine/trust.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/printing_core.hpp"

namespace spillway::trust_test {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint now{1'795'444'200'000ms};

TEST_CASE("how far a count can be trusted") {
  struct Row {
    std::string name;
    int wanted;
    bool is_blind;
    std::optional<Duration> blind_for;
    std::optional<Duration> sighted_for;
    int trusted;  // of 10 wanted until now, safe level 15
    std::optional<Because> because;
  };
  const std::vector<Row> rows{
      {"sighted, never blind", 4, false, {}, {}, 4, {}},
      {"just blind holds", 4, true, {}, {}, 10, Because::no_data},
      {"blind may grow", 12, true, {}, {}, 12, {}},
      {"blind for less than fallback_after", 4, true, 5min - 1s, {}, 10, Because::no_data},
      {"blind for fallback_after", 4, true, 5min, {}, 15, Because::fallback},
      {"the safe level never lowers", 30, true, 1h, {}, 30, {}},
      {"first sight holds", 4, false, 5min, {}, 10, Because::recovering},
      {"first sight may grow", 12, false, 5min, {}, 12, {}},
      {"sight for less than recovery_hold", 4, false, {}, 59s, 10, Because::recovering},
      {"sight for recovery_hold", 4, false, {}, 60s, 4, {}},
      {"a minute and more away, for less than recovery_hold back", 4, false, 150s, 59s, 10,
       Because::recovering},
      {"a short gap, for less than that back", 4, false, 29s, 14s, 10, Because::recovering},
      {"a short gap, for as long back", 4, false, 30s, 15s, 4, {}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    History past{};
    if (row.blind_for) past.blind_since = now - *row.blind_for;
    if (row.sighted_for) past.sighted_since = now - *row.sighted_for;
    const Trusted outcome{
        distrust({row.wanted}, {10}, row.is_blind, now, past, {.fallback_replicas = 15})};
    CHECK(outcome.wanted.count == row.trusted);
    CHECK(outcome.trail.empty() == !row.because.has_value());
    if (row.because) CHECK(outcome.trail.back().because == *row.because);
  }
}

TEST_CASE("one reading missing in four does not stop scale-in") {
  History past{};
  int shrunk{0};
  for (int tick{0}; tick < 40; ++tick) {
    Decision decision{.at = now + tick * 15s, .desired = {10}, .is_blind = tick % 4 == 3};
    if (distrust({4}, {10}, decision.is_blind, decision.at, past, {}).wanted == 4_replicas) {
      ++shrunk;
    }
    past = remember(std::move(past), decision, 2min);
  }
  CHECK(shrunk >= 20);
}

TEST_CASE("without a safe level, long blindness goes on holding") {
  const History past{.blind_since = now - 24h};
  CHECK(distrust({0}, {10}, true, now, past, {}).wanted == 10_replicas);
}

}  // namespace
}  // namespace spillway::trust_test
