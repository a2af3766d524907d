#include "controller/cluster/marathon/event_spotter.hpp"

#include <doctest/doctest.h>

#include <string>

namespace spillway::event_spotter_test {

using namespace spillway::marathon;

namespace {

int news_in(std::string_view text) {
  return EventSpotter{}.feed(text);
}

}  // namespace

TEST_CASE("events count once they are complete, in any of the three line ends") {
  CHECK(news_in("event: x\ndata: {}\n\n") == 1);
  CHECK(news_in("event: x\r\ndata: {}\r\n\r\n") == 1);
  CHECK(news_in("event: x\rdata: {}\r\r") == 1);
  CHECK(news_in("event: x\ndata: {}\n") == 0);
  CHECK(news_in("data: {}\n\ndata: {}\n\n") == 2);
}

TEST_CASE("heartbeats and listeners that come or go are no news") {
  CHECK(news_in(":\n\n: beat\n\n\r\n\r\n\n\n") == 0);
  CHECK(news_in("event: event_stream_attached\ndata: {}\n\n") == 0);
  CHECK(news_in("event:event_stream_detached\ndata: {}\n\n") == 0);
  CHECK(news_in("event: x\n\n") == 0);  // without data nothing is dispatched
}

TEST_CASE("pieces may end anywhere") {
  const std::string text{
      "event: event_stream_attached\r\ndata: {}\r\n\r\nevent: x\r\ndata: 1\r\n\r\n"};
  for (std::size_t cut{0}; cut <= text.size(); ++cut) {
    CAPTURE(cut);
    EventSpotter spotter{};
    CHECK(spotter.feed(text.substr(0, cut)) + spotter.feed(text.substr(cut)) == 1);
  }
}

TEST_CASE("a line of any length costs no memory and hides no event") {
  EventSpotter spotter{};
  CHECK(spotter.feed("event: deployment_info\ndata: ") == 0);
  const std::string block(100'000, 'x');
  for (int i{0}; i < 100; ++i) CHECK(spotter.feed(block) == 0);
  CHECK(spotter.feed("\n\n") == 1);
}

}  // namespace spillway::event_spotter_test
