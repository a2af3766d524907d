// When groups that fail their probes together are believed.
#include "controller/loop/probe_doubts.hpp"

#include "tests/support/printing_core.hpp"

namespace spillway::probe_doubts_test {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint t0{1'795'444'200'000ms};
constexpr double half{0.5};
constexpr Duration retry{10min};

TEST_CASE("one of many that fails is let go, and so is the only one") {
  ProbeDoubts doubts{};
  CHECK(doubts.may_let_go("web", {.serving = 10, .failing = 1}, half, retry, t0));
  CHECK(doubts.may_let_go("api", {.serving = 1, .failing = 1}, half, retry, t0));
  CHECK_FALSE(doubts.is_doubted("web"));
}

TEST_CASE("with a threshold of one probe no more than the share goes, one after another") {
  ProbeDoubts doubts{};
  int gone{0};
  for (int i{0}; i < 10; ++i) {
    const ProbeCount count{.serving = 10 - gone, .failing = 1};
    gone += doubts.may_let_go("web", count, half, retry, t0 + i * 1s) ? 1 : 0;
  }
  CHECK(gone == 5);
  CHECK(doubts.is_doubted("web"));
}

TEST_CASE("in doubt one is let go after a minute, and the next after another start limit") {
  ProbeDoubts doubts{};
  std::vector<Duration> gone{};
  for (Duration at{0s}; at <= 25min; at += 5s) {
    if (doubts.may_let_go("web", {.serving = 10, .failing = 10}, half, retry, t0 + at)) {
      gone.push_back(at);
    }
  }
  CHECK(gone == std::vector<Duration>{1min, 11min, 21min});
}

TEST_CASE(
    "once a probe passes there the rest is believed, at most the share within half a minute") {
  ProbeDoubts doubts{};
  CHECK_FALSE(doubts.may_let_go("web", {.serving = 6, .failing = 6}, half, retry, t0));
  doubts.note_passed("web", t0 + 10s);
  int gone{0};
  for (int i{0}; i < 6; ++i) {
    const ProbeCount count{.serving = 6 - gone, .failing = 6 - gone};
    gone += doubts.may_let_go("web", count, half, retry, t0 + 20s) ? 1 : 0;
  }
  CHECK(gone == 3);
  CHECK(doubts.may_let_go("web", {.serving = 3, .failing = 3}, half, retry, t0 + 51s));
}

TEST_CASE("the last of those in doubt is no less in doubt, and the region stays suspect") {
  ProbeDoubts doubts{};
  CHECK_FALSE(doubts.may_let_go("web", {.serving = 4, .failing = 4}, half, retry, t0));
  CHECK_FALSE(doubts.may_let_go("web", {.serving = 1, .failing = 1}, half, retry, t0 + 20s));
  CHECK(doubts.is_doubted("web"));
  CHECK(doubts.is_suspect("web", t0 + 9min));
  // Long after, one that fails alone is broken.
  CHECK(doubts.may_let_go("web", {.serving = 1, .failing = 1}, half, retry, t0 + 30min));
}

TEST_CASE("a doubt in one region is none in another, and ends when they pass again") {
  ProbeDoubts doubts{};
  CHECK_FALSE(doubts.may_let_go("east", {.serving = 4, .failing = 4}, half, retry, t0));
  CHECK(doubts.may_let_go("west", {.serving = 4, .failing = 1}, half, retry, t0));
  doubts.end("east");
  CHECK_FALSE(doubts.is_doubted("east"));
}

}  // namespace
}  // namespace spillway::probe_doubts_test
