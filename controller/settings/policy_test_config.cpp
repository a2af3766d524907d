#include "controller/settings/policy_test_config.hpp"

#include <array>
#include <charconv>
#include <chrono>

#include "controller/core/because.hpp"
#include "controller/settings/value_parsers.hpp"

namespace spillway::settings {
namespace {

using namespace std::chrono_literals;

bool is_reading(std::string_view text) {
  return parse_test_reading(text).has_value();
}

bool is_instant(std::string_view text) {
  return parse_instant(text).has_value();
}

bool is_because(std::string_view text) {
  return because_named(text).has_value();
}

void describe_standby(Fields& fields, TestStandby& standby) {
  fields.count("ready", standby.ready, {.max = 100'000, .presence = Presence::required},
               "Replicas that can be handed out now.");
  fields.count("starting", standby.starting, {.max = 100'000},
               "Replicas that will be ready within a cold start.");
  fields.duration("start", standby.start, {.max = 1h},
                  "From the create until one of `ready` serves.");
}

void describe_stretch(Fields& fields, TestStretch& stretch) {
  fields.duration("for", stretch.lasts, {.max = 24h * 14},
                  "How long it is so, a tick every `every`. Left out: for a single tick.");
  fields.text_map("readings", stretch.readings,
                  {.max_length = 64,
                   .expected = "a number such as 120, a share such as 70%, missing, or stale 120",
                   .is_valid = is_reading},
                  "What is measured, by signal. A signal that is left out is missing.");
  fields.optional_count("base", stretch.base, {.max = 1'000'000},
                        "Ready replicas on the cluster. Left out: the cluster is unknown.");
  fields.count("pending", stretch.pending, {.max = 1'000'000},
               "Replicas that find no room on the cluster.");
  fields.count("vms", stretch.vms, {.max = 1'000'000}, "Ready replicas on extra VMs.");
  fields.count("vms_starting", stretch.vms_starting, {.max = 1'000'000},
               "Replicas on extra VMs that start.");
  fields.optional_count("burst", stretch.burst, {.max = 100'000},
                        "Serving burst replicas. Left out: as decided one tick before, less those "
                        "that start.");
  fields.count("burst_starting", stretch.burst_starting, {.max = 100'000},
               "Burst replicas that start.");
  fields.count("burst_draining", stretch.burst_draining, {.max = 100'000},
               "Burst replicas that drain.");
  fields.optional_duration("start_median", stretch.start_median, {.max = 1h},
                           "What the start of a burst replica takes. Left out: 30s.");
  fields.optional_duration("start_p95", stretch.start_p95, {.max = 1h},
                           "What nineteen of twenty starts take at most. Left out: twice "
                           "start_median.");
  fields.optional_section(
      "standby", stretch.has_standby,
      [&](Fields& inner) { describe_standby(inner, stretch.standby); },
      "Replicas of a standby pool, beside `burst`. Left out: none is kept, or its stock is "
      "unknown.");
  fields.hourly_price("price", stretch.price, "Of one burst replica. Left out: 0.0594 USD/h.");
  fields.money("spent_this_hour", stretch.spent_this_hour, "By the ledger.");
  fields.money("spent_today", stretch.spent_today, "By the ledger.");
  fields.money("spent_this_month", stretch.spent_this_month, "By the ledger.");
}

void describe_expectation(Fields& fields, TestExpectation& expect) {
  fields.optional_count("desired", expect.desired, {}, "Base, VMs and burst together.");
  fields.optional_count("burst", expect.burst, {}, "Burst replicas.");
  fields.optional_count("vms", expect.vms, {}, "Replicas on extra VMs.");
  fields.optional_count("at_least", expect.at_least, {}, "Bound on `desired`.");
  fields.optional_count("at_most", expect.at_most, {}, "Bound on `desired`.");
  fields.text("because", expect.because,
              {.max_length = 64,
               .expected = "a reason such as LoadOverTarget, as decisions show it",
               .is_valid = is_because},
              "The reason of the decision.");
  fields.require(expect.desired || expect.burst || expect.vms || expect.at_least ||
                     expect.at_most || !expect.because.empty(),
                 "expects nothing: name desired, burst, vms, at_least, at_most or because");
}

void describe(Fields& fields, TestStretch& stretch) {
  describe_stretch(fields, stretch);
}

/// Digits of a fixed width.
std::optional<int> digits(std::string_view text) {
  int value{};
  const auto read{std::from_chars(text.data(), text.data() + text.size(), value)};
  if (read.ec != std::errc{} || read.ptr != text.data() + text.size() || value < 0) {
    return std::nullopt;
  }
  return value;
}

}  // namespace

void describe(Fields& fields, PolicyTestConfig& test) {
  fields.text("name", test.name, {.presence = Presence::required, .max_length = 200},
              "A sentence about what shall happen.");
  fields.text("start", test.start,
              {.max_length = 20,
               .expected = "an instant such as 2026-01-05T12:00:00Z",
               .is_valid = is_instant},
              "When the first tick is.");
  fields.duration("every", test.every, {.min = 1s, .max = 1h}, "Time between two ticks.");
  const auto describe_element{[&test](Fields& element, std::size_t index) {
    if (index >= test.given.size()) test.given.resize(index + 1);
    describe(element, test.given[index]);
  }};
  fields.sections("given", test.given.size(), describe_element, Presence::required,
                  "What is seen, one stretch after the other.");
  fields.section(
      "expect", [&](Fields& inner) { describe_expectation(inner, test.expect); },
      "The decision after the last tick.");
}

std::optional<TestReading> parse_test_reading(std::string_view text) {
  if (text == "missing") return TestReading{};
  TestReading reading{.kind = TestReading::Kind::fresh};
  constexpr std::string_view stale{"stale "};
  if (text.starts_with(stale)) {
    reading.kind = TestReading::Kind::stale;
    text.remove_prefix(stale.size());
  }
  auto number{parse_number(text)};
  if (!number) number = parse_ratio(text);
  if (!number) return std::nullopt;
  reading.value = *number;
  return reading;
}

std::optional<TimePoint> parse_instant(std::string_view text) {
  constexpr std::string_view shape{"0000-00-00T00:00:00Z"};
  if (text.size() != shape.size()) return std::nullopt;
  for (std::size_t i{0}; i < shape.size(); ++i) {
    const bool is_digit{text[i] >= '0' && text[i] <= '9'};
    if (shape[i] == '0' ? !is_digit : text[i] != shape[i]) return std::nullopt;
  }
  const std::array parts{digits(text.substr(0, 4)),  digits(text.substr(5, 2)),
                         digits(text.substr(8, 2)),  digits(text.substr(11, 2)),
                         digits(text.substr(14, 2)), digits(text.substr(17, 2))};
  const std::chrono::year_month_day date{std::chrono::year{*parts[0]} /
                                         std::chrono::month{static_cast<unsigned>(*parts[1])} /
                                         std::chrono::day{static_cast<unsigned>(*parts[2])}};
  if (!date.ok() || *parts[3] > 23 || *parts[4] > 59 || *parts[5] > 59) return std::nullopt;
  return std::chrono::sys_days{date} + std::chrono::hours{*parts[3]} +
         std::chrono::minutes{*parts[4]} + std::chrono::seconds{*parts[5]};
}

}  // namespace spillway::settings
