#include "metrics/judge.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <functional>

#include "tests/support/manual_clock.hpp"
#include "tests/support/printing.hpp"

namespace spillway::judge_test {
namespace {

using namespace std::chrono_literals;
constexpr TimePoint now{testing::monday_noon};
constexpr double nan_value{std::numeric_limits<double>::quiet_NaN()};
constexpr double infinity{std::numeric_limits<double>::infinity()};

Result<Answer> one(double value, TimePoint sampled_at = now) {
  return Answer{.samples = {{"", {.value = value, .sampled_at = sampled_at}}}};
}

Result<Answer> with_warning(Result<Answer> answer) {
  answer->warnings.push_back("store b is down");
  return answer;
}

struct Row {
  std::string_view name;
  Result<Answer> answer;
  Doubt doubt;
  std::string_view why;  ///< a part of it
};

std::vector<Row> doubtful_answers() {
  return {
      {"source down", Error{Errc::unavailable, "connection refused"}, Doubt::source_failed,
       "prom: Unavailable: connection refused"},
      {"source slow", Error{Errc::timeout, "timed out"}, Doubt::source_failed, "Timeout"},
      {"access denied", Error{Errc::denied, "HTTP 401"}, Doubt::source_failed, "Denied"},
      {"throttled", Error{Errc::throttled, "HTTP 429"}, Doubt::source_failed, "Throttled"},
      {"garbage", Error{Errc::malformed, "not JSON"}, Doubt::source_failed, "MalformedAnswer"},
      {"too much", Error{Errc::too_large, "16 MiB"}, Doubt::source_failed, "AnswerTooLarge"},
      {"several series", Error{Errc::bad_request, "the query returned 2 series"},
       Doubt::source_failed, "2 series"},
      {"empty answer", Answer{}, Doubt::no_series, "no series"},
      {"a duplicate", Answer{.faults = {{"", "several series, which differ in pod"}}},
       Doubt::several_series, "prom: several series, which differ in pod"},
      {"NaN", one(nan_value), Doubt::not_a_number, "NaN"},
      {"+Inf", one(infinity), Doubt::infinite, "infinite"},
      {"-Inf", one(-infinity), Doubt::infinite, "infinite"},
      {"negative", one(-1.0), Doubt::negative, "-1"},
      {"future", one(7.0, now + 11s), Doubt::from_the_future, "clocks"},
      {"too old", one(7.0, now - 61s), Doubt::too_old, "sampled 1m1s ago, stale after 1m"},
      {"partial", with_warning(one(7.0)), Doubt::partial, "store b is down"},
  };
}

Judged judged(const Result<Answer>& answer, std::optional<KnownValue>& known,
              const TrustRules& rules = {}) {
  return judge({.source = "prom", .answer = answer}, rules, now, known);
}

TEST_CASE("a recent sample is fresh and is remembered") {
  std::optional<KnownValue> known{};
  const Judged outcome{judged(one(42.0, now - 15s), known)};
  CHECK(outcome.doubt == Doubt::none);
  CHECK(outcome.reading == Reading::fresh(42.0, now - 15s));
  REQUIRE(known);
  CHECK(known->value == 42.0);
}

TEST_CASE("zero is a value like any other") {
  std::optional<KnownValue> known{};
  CHECK(judged(one(0.0), known).reading.fresh_value() == 0.0);
}

TEST_CASE("every doubtful answer is missing where nothing was ever known, or stale") {
  for (const Row& row : doubtful_answers()) {
    CAPTURE(row.name);
    std::optional<KnownValue> known{};
    const Judged outcome{judged(row.answer, known)};
    CHECK(outcome.doubt == row.doubt);
    CHECK_FALSE(outcome.reading.is_fresh());
    CHECK(outcome.reading.why().find(row.why) != std::string::npos);
    const bool has_its_own_value{row.doubt == Doubt::too_old || row.doubt == Doubt::partial};
    CHECK(outcome.reading.quality() == (has_its_own_value ? Quality::stale : Quality::missing));
  }
}

TEST_CASE("every doubtful answer shows the last believed value as stale, with its time") {
  for (const Row& row : doubtful_answers()) {
    CAPTURE(row.name);
    std::optional<KnownValue> known{{.value = 5.0, .sampled_at = now - 30s}};
    const Judged outcome{judged(row.answer, known)};
    CHECK(outcome.reading.quality() == Quality::stale);
    CHECK(outcome.reading.last_value() == (row.doubt == Doubt::partial ? 7.0 : 5.0));
    // Odd values never replace what is known, and the known one is younger than the old sample.
    CHECK(known->value == 5.0);
    CHECK(known->sampled_at == now - 30s);
  }
}

TEST_CASE("the edges of stale_after and of the clock tolerance belong to the fresh side") {
  std::optional<KnownValue> known{};
  CHECK(judged(one(1.0, now - 60s), known).reading.is_fresh());
  CHECK_FALSE(judged(one(1.0, now - 60s - 1ms), known).reading.is_fresh());
  const Judged ahead{judged(one(1.0, now + clock_skew_max), known)};
  CHECK(ahead.reading.is_fresh());
  CHECK(ahead.reading.sampled_at() == now);
  CHECK_FALSE(judged(one(1.0, now + clock_skew_max + 1ms), known).reading.is_fresh());
}

TEST_CASE("an old sample that is newer than what is known is remembered, though not acted on") {
  std::optional<KnownValue> known{{.value = 5.0, .sampled_at = now - 10min}};
  const Judged outcome{judged(one(7.0, now - 2min), known)};
  CHECK(outcome.reading.quality() == Quality::stale);
  CHECK(outcome.reading.last_value() == 7.0);
  CHECK(known->value == 7.0);
}

TEST_CASE("the scale applies before the value is examined") {
  std::optional<KnownValue> known{};
  CHECK(judged(one(250.0), known, {.scale = 0.001}).reading.fresh_value() == 0.25);
  CHECK(judged(one(-3.0), known, {.scale = -1.0}).reading.fresh_value() == 3.0);
  CHECK(judged(one(1e300), known, {.scale = 1e300}).doubt == Doubt::infinite);
}

TEST_CASE("a signal that may be negative is believed when it is") {
  std::optional<KnownValue> known{};
  CHECK(judged(one(-3.0), known, {.may_be_negative = true}).reading.fresh_value() == -3.0);
}

TEST_CASE("a workload that a shared answer does not mention is missing, not zero") {
  const Result<Answer> answer{Answer{.samples = {{"api", {.value = 3.0, .sampled_at = now}}}}};
  std::optional<KnownValue> known{};
  const Received api{.source = "prom", .answer = answer, .join_label = "service", .key = "api"};
  CHECK(judge(api, {}, now, known).reading.fresh_value() == 3.0);
  known.reset();
  const Received web{.source = "prom", .answer = answer, .join_label = "service", .key = "web"};
  const Judged absent{judge(web, {}, now, known)};
  CHECK(absent.doubt == Doubt::no_series_for_label);
  CHECK(absent.reading == Reading::missing("prom: no series has service=\"web\""));
}

TEST_CASE("a freshness query tells the true age of a sample") {
  const auto seconds_at{[](TimePoint at) { return seconds(at.time_since_epoch()); }};
  const Result<Answer> value{one(7.0)};
  struct Case {
    std::string_view name;
    Result<Answer> times;
    Doubt doubt;
  };
  const Case cases[]{
      {"recent", one(seconds_at(now - 20s)), Doubt::none},
      {"old although evaluated now", one(seconds_at(now - 4min)), Doubt::too_old},
      {"from the future", one(seconds_at(now + 1min)), Doubt::from_the_future},
      {"no series", Answer{}, Doubt::sample_time_unknown},
      {"failed", Error{Errc::timeout, "timed out"}, Doubt::sample_time_unknown},
      {"not a time", one(nan_value), Doubt::sample_time_unknown},
      {"negative", one(-1.0), Doubt::sample_time_unknown},
      {"nanoseconds", one(1.7e18), Doubt::sample_time_unknown},
  };
  for (const Case& row : cases) {
    CAPTURE(row.name);
    std::optional<KnownValue> known{};
    const Received received{.source = "prom", .answer = value, .sample_times = &row.times};
    const Judged outcome{judge(received, {}, now, known)};
    CHECK(outcome.doubt == row.doubt);
    if (row.doubt == Doubt::none) CHECK(outcome.reading.sampled_at() == now - 20s);
  }
}

TEST_CASE("each doubt has a word of its own") {
  std::map<std::string_view, int> words{};
  for (const Doubt doubt : all_doubts) ++words[to_string(doubt)];
  CHECK(words.size() == all_doubts.size());
}

}  // namespace
}  // namespace spillway::judge_test
