// When groups that fail their probes together are believed.
#include "controller/loop/probe_doubts.hpp"

#include <algorithm>
#include <vector>

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

TEST_CASE("as others serve elsewhere in their place, a dark region is left in growing batches") {
  ProbeDoubts doubts{};
  constexpr Duration start{30s};  // what the one that takes its place needs
  std::vector<Duration> gone{};
  for (Duration at{0s}; at <= 5min; at += 5s) {
    // All that are left ask, one after the other, as their probes come back.
    const int asking{10 - static_cast<int>(gone.size())};
    for (int i{0}; i < asking; ++i) {
      const auto served{
          std::ranges::count_if(gone, [&](Duration each) { return each + start <= at; })};
      const int left{10 - static_cast<int>(gone.size())};
      const ProbeCount count{
          .serving = left, .failing = left, .replaced = static_cast<int>(served)};
      if (doubts.may_let_go("web", count, half, retry, t0 + at)) gone.push_back(at);
    }
  }
  CHECK(gone == std::vector<Duration>{60s, 90s, 120s, 120s, 150s, 150s, 150s, 180s, 180s, 180s});
  CHECK(doubts.let_go_since("web") == t0 + 60s);
  doubts.end("web");
  CHECK_FALSE(doubts.let_go_since("web"));
}

TEST_CASE("what serves elsewhere and is in nobody's place lets no more than one go") {
  ProbeDoubts doubts{};
  int gone{0};
  for (Duration at{0s}; at <= 59s; at += 5s) {
    const ProbeCount count{.serving = 10, .failing = 10, .replaced = 10};
    gone += doubts.may_let_go("web", count, half, retry, t0 + at) ? 1 : 0;
  }
  CHECK(gone == 0);
  for (int i{0}; i < 5; ++i) {
    const ProbeCount count{.serving = 10, .failing = 10, .replaced = 0};
    gone += doubts.may_let_go("web", count, half, retry, t0 + 61s) ? 1 : 0;
  }
  CHECK(gone == 1);
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
