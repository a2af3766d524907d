#include "controller/io/event_stream.hpp"

#include <doctest/doctest.h>

#include <boost/asio/io_context.hpp>

#include "tests/support/manual_clock.hpp"

namespace spillway::event_stream_test {

using spillway::io::EventStream;
using spillway::testing::ManualClock;

TEST_CASE("an event is written as the standard says, line by line") {
  CHECK(spillway::io::server_sent_event("tick", "{}") == "event: tick\ndata: {}\n\n");
  CHECK(spillway::io::server_sent_event("", "a\nb\n") == "data: a\ndata: b\ndata: \n\n");
}

TEST_CASE("events are taken together and in order, also after closing") {
  boost::asio::io_context context{};
  ManualClock clock{context};
  EventStream stream{context};
  CHECK(stream.push("", "1"));
  CHECK(stream.push("", "2"));
  stream.close();
  CHECK(clock.run(stream.next()) == "data: 1\n\ndata: 2\n\n");
  CHECK_FALSE(clock.run(stream.next()));
}

TEST_CASE("a client that falls behind is disconnected instead of filling the memory") {
  boost::asio::io_context context{};
  EventStream stream{context, 2};
  CHECK(stream.push("", "1"));
  CHECK(stream.push("", "2"));
  CHECK_FALSE(stream.push("", "3"));
  CHECK_FALSE(stream.is_open());
  CHECK_FALSE(stream.push("", "4"));
}

}  // namespace spillway::event_stream_test
