#include "controller/state/exact_json.hpp"

#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <string>

#include "tests/state/samples.hpp"
#include "tests/support/printing.hpp"

namespace spillway::state::exact_json_test {
namespace {

double through_json(double value) {
  std::string text{};
  append_json_number(text, value);
  const auto node{parse_json(text)};
  REQUIRE(node);
  const auto read{node->real()};
  REQUIRE(read.has_value());
  return *read;
}

TEST_CASE("any finite double comes back with the same bits") {
  testing::StoredValues values{1};
  for (int i{0}; i < 100'000; ++i) {
    const double value{values.any_finite()};
    CAPTURE(value);
    CHECK(std::bit_cast<std::uint64_t>(through_json(value)) == std::bit_cast<std::uint64_t>(value));
  }
}

TEST_CASE("a double that Boost.JSON reads one unit off is read exactly") {
  // Halfway cases and long digits: each has exactly one nearest double.
  CHECK(parse_json("9007199254740993")->real() == 9007199254740992.0);
  CHECK(parse_json("0.1")->real() == 0.1);
  CHECK(parse_json("1.8088101387491814e-140")->real() == 1.8088101387491814e-140);
  CHECK(parse_json("6.689921856898562e-217")->real() == 6.689921856898562e-217);
  CHECK(parse_json("2.2250738585072011e-308")->real() == 2.2250738585072011e-308);
  CHECK(parse_json("4.9e-324")->real() == std::numeric_limits<double>::denorm_min());
  CHECK(std::signbit(*parse_json("-0")->real()));
}

TEST_CASE("an integer is one only if it is written as one and fits into 64 bits") {
  CHECK(parse_json("-9223372036854775808")->integer() == std::numeric_limits<std::int64_t>::min());
  CHECK(parse_json("9223372036854775807")->integer() == std::numeric_limits<std::int64_t>::max());
  for (const char* other : {"9223372036854775808", "1.0", "1e3", "\"1\"", "true", "[1]", "null"}) {
    CAPTURE(other);
    CHECK(!parse_json(other)->integer());
  }
  CHECK(!parse_json("1e999")->real());
}

TEST_CASE("every text comes back, and what is not UTF-8 becomes a replacement character") {
  testing::StoredValues values{2};
  for (int i{0}; i < 1000; ++i) {
    const std::string text{values.text()};
    std::string out{};
    append_json_text(out, text);
    CHECK(parse_json(out)->text == text);
  }
  struct Row {
    std::string bytes;
    std::string text;
  };
  const std::string mark{"\xef\xbf\xbd"};
  for (const Row& row :
       {Row{"a\xff"
            "b",
            "a" + mark + "b"},
        Row{"\xc3", mark}, Row{"\xc0\x80", mark + mark}, Row{"\xed\xa0\x80", mark + mark + mark},
        Row{"\xf4\x90\x80\x80", mark + mark + mark + mark}, Row{"\xf0\x9f\x98\x80", "😀"}}) {
    std::string out{};
    append_json_text(out, row.bytes);
    const auto read{parse_json(out)};
    REQUIRE(read);
    CHECK(read->text == row.text);
  }
}

TEST_CASE("garbage, truncation and excess are errors with the place") {
  for (const char* bad : {"", " ", "{", "[1,", "{\"a\":}", "{\"a\" 1}", "nul", "01", "1 2", "[1]]",
                          "\"\x01\"", "\"\xff\"", "// x\n1", "[1,]", "\"\\u12\"", "+1", ".5"}) {
    CAPTURE(bad);
    const auto read{parse_json(bad)};
    REQUIRE(!read);
    CHECK(read.error().code == Errc::malformed);
    CHECK(read.error().context.find("at byte") != std::string::npos);
  }
}

TEST_CASE("depth, size and number of values have limits") {
  CHECK(parse_json(std::string(32, '[') + std::string(32, ']')));
  CHECK(parse_json(std::string(33, '[') + std::string(33, ']')).error().code == Errc::malformed);
  CHECK(parse_json(std::string(100, ' '), {.bytes = 99}).error().code == Errc::too_large);
  CHECK(parse_json("[1,2,3]", {.nodes = 4}));
  CHECK(parse_json("[1,2,3]", {.nodes = 3}).error().code == Errc::too_large);
}

}  // namespace
}  // namespace spillway::state::exact_json_test
