// What `kubectl logs` asks for, out of the last lines that a provider has.
#include "controller/virtual_node/log_text.hpp"

#include <doctest/doctest.h>

#include <string>

#include "tests/support/manual_clock.hpp"

namespace spillway::log_text_test {

using namespace spillway::virtual_node;
using namespace std::chrono_literals;

TEST_CASE("what is new in a log is told once, also when its beginning got lost") {
  LogTail tail{};
  CHECK(tail.news("a\nb\n") == "a\nb\n");
  CHECK(tail.news("a\nb\n").empty());
  CHECK(tail.news("a\nb\nc\n") == "c\n");
  CHECK(tail.news("b\nc\nd\n") == "d\n");  // the window moved on
  CHECK(tail.news("d\ne\n") == "e\n");
  CHECK(tail.news("x\n") == "x\n");  // another run
  CHECK(tail.news("").empty());
  CHECK(tail.news("half a li") == "half a li");
  CHECK(tail.news("half a line\n") == "ne\n");
  CHECK(tail.news("half a line\ntick\ntick\n") == "tick\ntick\n");
}

TEST_CASE("lines are chosen by their times, and lose them unless they were asked for") {
  constexpr std::string_view text{
      "2026-11-23T11:59:59Z early\n2026-11-23T12:00:00.5Z on time\n  and more\n"};
  const TimePoint noon{testing::monday_noon};
  CHECK(lines_since(text, noon, false) == "on time\n  and more\n");
  CHECK(lines_since(text, noon, true) == "2026-11-23T12:00:00.5Z on time\n  and more\n");
  CHECK(lines_since(text, noon + 1s, true).empty());
  CHECK(lines_since(text, std::nullopt, false) == "early\non time\n  and more\n");
  CHECK(lines_since("2026-11-23T12:00:00Z", noon, false).empty());
  CHECK(lines_since("", noon, false).empty());
}

TEST_CASE("the last lines, whether or not the last one has ended") {
  CHECK(last_lines("a\nb\nc\n", 2) == "b\nc\n");
  CHECK(last_lines("a\nb\nc", 1) == "c");
  CHECK(last_lines("a\n", 5) == "a\n");
  CHECK(last_lines("a\n", 0).empty());
  CHECK(last_lines("", 1).empty());
}

}  // namespace spillway::log_text_test
