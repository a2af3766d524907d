#include "controller/io/log.hpp"

#include <doctest/doctest.h>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <limits>
#include <string>

namespace spillway::log_test {

using namespace std::chrono_literals;
using io::LogFields;
using io::LogLevel;

namespace {

const TimePoint at{std::chrono::sys_days{std::chrono::year{2026} / 11 / 23} + 12h + 5ms};

std::string json(const LogFields& fields) {
  return io::json_line(at, LogLevel::info, "Event", fields);
}

}  // namespace

TEST_CASE("a text line says the event and its fields, quoted only where needed") {
  CHECK(
      io::text_line("DecisionChanged", {{"workload", "web"},
                                        {"from", Replicas{2}},
                                        {"note", "two words"},
                                        {"empty", ""},
                                        {"quote", "a\"b"},
                                        {"pause", Duration{90s}},
                                        {"acts", true}}) ==
      R"(DecisionChanged workload=web from=2 note="two words" empty="" quote="a\"b" pause=1m30s acts=true)");
}

TEST_CASE("a text line stays one line whatever the values hold") {
  const std::string line{io::text_line("E", {{"a", "x\ny\x1b[31m"}})};
  CHECK(line == R"(E a="x\ny\u001b[31m")");
}

TEST_CASE("a JSON line is an object with time, level, event and typed values") {
  CHECK(json({{"text", "a"}, {"count", 3}, {"ratio", 0.5}, {"flag", false}, {"money", usd(1.5)}}) ==
        R"({"ts":"2026-11-23T12:00:00.005Z","level":"info","event":"Event","text":"a","count":3,)"
        R"("ratio":0.5,"flag":false,"money":")" +
            to_string(usd(1.5)) + R"("})");
}

TEST_CASE("every JSON line parses, also with foreign bytes and odd numbers") {
  const double infinite{std::numeric_limits<double>::infinity()};
  for (const std::string& text :
       {std::string{"quote \" backslash \\ newline \n tab \t"}, std::string("zero \0 byte", 11),
        std::string{"\xff\xfe\xc0\xaf\xed\xa0\x80\xf5 cut \xe2\x82"},
        std::string{"good \xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80"}}) {
    const std::string line{json({{"value", text}, {"number", infinite}, {text, 1}})};
    boost::system::error_code failure{};
    const auto parsed = boost::json::parse(line, failure);
    CAPTURE(line);
    REQUIRE_FALSE(failure);
    CHECK(parsed.at("number").is_null());
    CHECK(line.find('\n') == std::string::npos);
  }
  CHECK(json({{"v", "\xe2\x82\xac"}}).find("\xe2\x82\xac") != std::string::npos);
}

TEST_CASE("a secret is never logged") {
  const io::Secret secret{"hunter2"};
  CHECK(io::text_line("E", {{"token", secret}}) == "E token=***");
  CHECK(json({{"token", secret}}).find("hunter2") == std::string::npos);
}

TEST_CASE("events below the level are not written") {
  io::start_logging(io::LogFormat::text, LogLevel::warning);
  CHECK_FALSE(io::is_logged(LogLevel::info));
  CHECK(io::is_logged(LogLevel::warning));
  io::start_logging(io::LogFormat::automatic, LogLevel::info);
  CHECK(io::is_logged(LogLevel::info));
}

}  // namespace spillway::log_test
