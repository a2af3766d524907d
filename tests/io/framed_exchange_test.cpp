#include "controller/io/framed_exchange.hpp"

#include <doctest/doctest.h>

#include <string>

#include "tests/io/http_world.hpp"
#include "tests/support/raw_server.hpp"

namespace spillway::framed_exchange_test {

using namespace std::chrono_literals;
using namespace std::string_literals;
using spillway::testing::HttpWorld;
using spillway::testing::RawServer;
using Then = RawServer::Then;

namespace {

struct World : HttpWorld {
  Result<std::string> ask(const RawServer& server, std::string message) {
    return clock.run_still(io::exchange_framed({.host = "127.0.0.1", .port = server.port()},
                                               std::move(message), clock, in(10s)));
  }
};

}  // namespace

TEST_CASE("a framed message and its answer have their length in front") {
  World world{};
  RawServer server{world.context, {{"\x00\x06"s + "answer", Then::keeps_open}}, "?"};
  CHECK(*world.ask(server, "question?") == "answer");
  CHECK(server.requests().at(0) == "\x00\x09"s + "question?");
}

TEST_CASE("what comes after a framed answer is not part of it, and an empty one is one") {
  World world{};
  RawServer server{
      world.context,
      {{"\x00\x02"s + "ab and more", Then::keeps_open}, {"\x00\x00"s, Then::keeps_open}},
      "?"};
  CHECK(*world.ask(server, "a?") == "ab");
  CHECK(*world.ask(server, "b?") == "");
}

TEST_CASE("a framed answer that is cut off is unavailable, wherever") {
  World world{};
  RawServer server{world.context,
                   {{"", Then::closes},
                    {"\x00"s, Then::closes},
                    {"\x01\x00"s + "ab", Then::closes},
                    {"\x00\x05"s + "ab", Then::resets}},
                   "?"};
  for (int i{0}; i < 4; ++i) {
    CAPTURE(i);
    const auto answer = world.ask(server, "a?");
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == Errc::unavailable);
  }
}

TEST_CASE("a message too long for its frame is not sent") {
  World world{};
  RawServer server{world.context, {}, "?"};
  CHECK(world.ask(server, std::string(65536, 'x')).error().code == Errc::too_large);
  CHECK(server.connection_count() == 0);
}

}  // namespace spillway::framed_exchange_test
