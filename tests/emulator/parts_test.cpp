// The small parts: text, URLs, logs, addresses.
#include <doctest/doctest.h>

#include "tests/emulator/addresses.hpp"
#include "tests/emulator/docker_backend.hpp"
#include "tests/emulator/log_buffer.hpp"
#include "tests/emulator/text.hpp"
#include "tests/emulator/url.hpp"

namespace spillway::emulator::parts_test {
namespace {

using namespace std::chrono_literals;

TEST_CASE("a glob star stands for any run of characters, without regard to case") {
  struct Row {
    const char *pattern, *text;
    bool matches;
  };
  for (const Row& row : {Row{"*", "", true}, Row{"a*c", "ABBC", true}, Row{"a*c", "abcd", false},
                         Row{"*containerGroups/*", "/x/containergroups/web", true},
                         Row{"**a", "bba", true}, Row{"ab", "abc", false}, Row{"", "a", false}}) {
    CAPTURE(row.pattern);
    CAPTURE(row.text);
    CHECK(matches_glob(row.pattern, row.text) == row.matches);
  }
}

TEST_CASE("base64 for URLs goes there and back for every length") {
  std::string bytes;
  for (int i{0}; i < 40; ++i) {
    CHECK(from_base64_url(base64_url(bytes)) == bytes);
    bytes += static_cast<char>(i * 37);
  }
  CHECK_FALSE(from_base64_url("a+b"));
}

TEST_CASE("a target is decoded segment by segment") {
  const auto url{parse_target("/a%20b//C/?Api-Version=1&x=%2F+y")};
  REQUIRE(url);
  CHECK(url->segments == std::vector<std::string>{"a b", "C"});
  CHECK(url->parameter("api-version") == "1");
  CHECK(url->parameter("x") == "/ y");
  CHECK_FALSE(url->parameter("y"));
}

TEST_CASE("a malformed target is refused, not guessed at") {
  for (const char* target :
       {"", "http://x/", "*", "/a%", "/a%2", "/a%zz", "/a?b=%g1", "/a\x01", "/a%00b"}) {
    CAPTURE(target);
    CHECK_FALSE(parse_target(target));
  }
}

TEST_CASE("a log keeps the newest bytes and shows the last lines") {
  LogBuffer log{20};
  log.append("one\ntwo\nthr", TimePoint{});
  log.append("ee\n", TimePoint{1s});
  CHECK(log.text(std::nullopt, false) == "one\ntwo\nthree\n");
  CHECK(log.text(2, false) == "two\nthree\n");
  CHECK(log.text(1, true) == "1970-01-01T00:00:00.000Z three\n");
  log.append("0123456789\n", TimePoint{2s});
  CHECK(log.text(std::nullopt, false) == "three\n0123456789\n");
}

TEST_CASE("a line without end never outgrows the log") {
  LogBuffer log{1000};
  for (int i{0}; i < 1000; ++i) log.append(std::string(777, 'x'), TimePoint{});
  CHECK(log.text(std::nullopt, false).size() <= 1000);
}

TEST_CASE("an address comes back as late as possible, and never while it is taken") {
  AddressPool pool{"127.42.0.0"};
  const auto any{[](const std::string&) { return true; }};
  CHECK(pool.take(any) == "127.42.0.1");
  pool.release("127.42.0.1");
  CHECK(pool.take(any) == "127.42.0.2");
  CHECK(pool.take([](const std::string& a) { return a != "127.42.0.3"; }) == "127.42.0.4");
  CHECK_FALSE(pool.take([](const std::string&) { return false; }));
}

TEST_CASE("an address range beyond loopback is refused") {
  CHECK_THROWS(AddressPool{"10.0.0.0"});
  CHECK_THROWS(AddressPool{"nonsense"});
}

TEST_CASE("containers of a killed emulator are told from those of one that lives, or elsewhere") {
  const auto is_alive = [](int pid) { return pid == 7; };
  CHECK(is_left_behind("host/8-0x55", "host", is_alive));
  CHECK_FALSE(is_left_behind("host/7-0x55", "host", is_alive));
  CHECK_FALSE(is_left_behind("host2/8-0x55", "host", is_alive));
  CHECK_FALSE(is_left_behind("other/8-0x55", "host", is_alive));
  for (const char* odd : {"", "host", "host/", "host/8", "host/x-1", "host/0-1", "8-0x55"}) {
    CAPTURE(odd);
    CHECK_FALSE(is_left_behind(odd, "host", is_alive));
  }
}

}  // namespace
}  // namespace spillway::emulator::parts_test
