#include "controller/settings/value_parsers.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "tests/support/printing.hpp"

namespace spillway::value_parsers_test {

using namespace spillway::settings;
using namespace std::chrono_literals;

namespace {

template <class T>
struct Row {
  std::string text;
  std::optional<T> value;
  std::string problem{};
};

template <class T, class Parse>
void check_table(const std::vector<Row<T>>& rows, Parse parse) {
  for (const Row<T>& row : rows) {
    CAPTURE(row.text);
    const auto parsed{parse(row.text)};
    CHECK(static_cast<bool>(parsed) == row.value.has_value());
    if (parsed && row.value) CHECK(*parsed == *row.value);
    CHECK(parsed.problem() == row.problem);
  }
}

}  // namespace

TEST_CASE("durations are written with units, largest first") {
  check_table<Duration>(
      {
          {"30s", 30s},
          {"1m30s", 90s},
          {"250ms", 250ms},
          {"0.5s", 500ms},
          {"1.5h", 90min},
          {"1d12h", 36h},
          {"0s", 0s},
          {"1h0m1s", 1h + 1s},
          {"36500d", 24h * 36500},
          {"", std::nullopt, "is empty"},
          {"30", std::nullopt, "has no unit"},
          {"0", std::nullopt, "has no unit"},
          {"5x", std::nullopt, "has the unknown unit \"x\""},
          {"5min", std::nullopt, "has the unknown unit \"min\""},
          {"30s1m", std::nullopt, "has its units in the wrong order"},
          {"1s1s", std::nullopt, "has its units in the wrong order"},
          {"-5s", std::nullopt, "is negative"},
          {"-0s", std::nullopt, "is negative"},
          {"0.1ms", std::nullopt, "is not a whole number of milliseconds"},
          {"36501d", std::nullopt, "is longer than 100 years"},
          {"1e300s", std::nullopt, "is longer than 100 years"},
          {"1e999s", std::nullopt, "is not a duration"},
          {"nans", std::nullopt, "is not a duration"},
          {"infs", std::nullopt, "is not a duration"},
          {"s", std::nullopt, "is not a duration"},
          {" 5s", std::nullopt, "is not a duration"},
          {"5 s", std::nullopt, "has a space in it"},
          {"5s ", std::nullopt, "is not a duration"},
          {"soon", std::nullopt, "is not a duration"},
          {"0x5s", std::nullopt, "has the unknown unit \"x\""},
      },
      parse_duration);
}

TEST_CASE("shares are percentages or ratios") {
  check_table<double>(
      {
          {"70%", 0.7},
          {"0.7", 0.7},
          {"12.5 %", 0.125},
          {"0", 0.0},
          {"70", 70.0},
          {"", std::nullopt, "is not a number"},
          {"%", std::nullopt, "is not a number"},
          {"70%%", std::nullopt, "has the unknown unit \"%%\""},
          {"70 percent", std::nullopt, "has the unknown unit \"percent\""},
          {"nan", std::nullopt, "is not a number"},
          {"inf%", std::nullopt, "is not a number"},
          {"0,7", std::nullopt, "has the unknown unit \",7\""},
      },
      parse_ratio);
}

TEST_CASE("rates are per second unless they say otherwise") {
  check_table<double>(
      {
          {"10/s", 10.0},
          {"600/min", 10.0},
          {"36000/h", 10.0},
          {"2.5", 2.5},
          {"10 /s", 10.0},
          {"10/sec", std::nullopt, "has the unknown unit \"/sec\""},
          {"10/", std::nullopt, "has the unknown unit \"/\""},
          {"10 ", std::nullopt, "has the unknown unit \"\""},
          {"/s", std::nullopt, "is not a number"},
      },
      parse_rate_per_second);
}

TEST_CASE("money has a currency, and only one is known") {
  check_table<Money>(
      {
          {"20 USD", usd(20)},
          {"0.000000001 USD", Money{1}},
          {"20USD", usd(20)},
          {"0 USD", usd(0)},
          {"20", std::nullopt, "has no currency"},
          {"20 EUR", std::nullopt, "has the unknown currency \"EUR\""},
          {"$20", std::nullopt, "is not an amount of money"},
          {"-1 USD", std::nullopt, "is negative"},
          {"1e18 USD", std::nullopt, "is more than a billion"},
          {"20 USD/h", std::nullopt, "is a price per time, not an amount"},
          {"20 USDT", std::nullopt, "is not an amount of money"},
          {"", std::nullopt, "is not an amount of money"},
      },
      parse_money);
}

TEST_CASE("prices are per hour") {
  check_table<HourlyPrice>(
      {
          {"0.06 USD/h", HourlyPrice{usd(0.06)}},
          {"1 USD", std::nullopt, "is an amount without \"/h\""},
          {"1 USD/day", std::nullopt, "is not a price per hour"},
          {"1/h", std::nullopt, "has the unknown currency \"/h\""},
      },
      parse_hourly_price);
}

TEST_CASE("memory is counted in GB of a billion bytes") {
  check_table<double>(
      {
          {"2 GB", 2.0},
          {"500 MB", 0.5},
          {"1.5 GiB", 1.610612736},
          {"512MiB", 0.536870912},
          {"512Mi", 0.536870912},
          {"1.5", std::nullopt, "has no unit"},
          {"1 gb", std::nullopt, "has the unknown unit \"gb\""},
          {"-1 GB", std::nullopt, "is negative"},
          {"GB", std::nullopt, "is not an amount of memory"},
      },
      parse_memory_gb);
}

TEST_CASE("counts are whole and fit") {
  check_table<int>(
      {
          {"0", 0},
          {"-3", -3},
          {"2147483647", 2147483647},
          {"2147483648", std::nullopt, "is out of range"},
          {"1.5", std::nullopt, "is not a whole number"},
          {"1e3", std::nullopt, "is not a whole number"},
          {"0x10", std::nullopt, "is not a whole number"},
          {"", std::nullopt, "is not a whole number"},
          {"ten", std::nullopt, "is not a whole number"},
      },
      parse_count);
}

TEST_CASE("flags are true or false and nothing else") {
  check_table<bool>(
      {
          {"true", true},
          {"false", false},
          {"yes", std::nullopt, "is neither true nor false"},
          {"True", std::nullopt, "is neither true nor false"},
          {"1", std::nullopt, "is neither true nor false"},
      },
      parse_flag);
}

TEST_CASE("what is printed as a duration reads back as the same") {
  std::mt19937_64 random{4711};
  std::uniform_int_distribution<Duration::rep> any{0, 10LL * 365 * 86'400'000};
  for (int i{0}; i < 2000; ++i) {
    const Duration duration{any(random)};
    const auto parsed{parse_duration(to_string(duration))};
    REQUIRE(parsed);
    CHECK(*parsed == duration);
  }
}

TEST_CASE("any bytes give a value or a problem, never both and never neither") {
  static constexpr std::string_view alphabet{"0123456789.+-eE%/ smhdUSDGiBMnanif\0\xff\xc3", 37};
  std::mt19937 random{99};
  std::uniform_int_distribution<std::size_t> letter{0, alphabet.size() - 1};
  std::uniform_int_distribution<std::size_t> length{0, 12};
  const auto check{
      [](const auto& parsed) { CHECK(static_cast<bool>(parsed) == parsed.problem().empty()); }};
  for (int i{0}; i < 20000; ++i) {
    std::string text;
    for (std::size_t n{length(random)}; n > 0; --n) text += alphabet[letter(random)];
    CAPTURE(text);
    check(parse_number(text));
    check(parse_count(text));
    check(parse_ratio(text));
    check(parse_rate_per_second(text));
    check(parse_duration(text));
    check(parse_money(text));
    check(parse_hourly_price(text));
    check(parse_memory_gb(text));
  }
}

}  // namespace spillway::value_parsers_test
