// Streamed answers over real loopback sockets: watches and event streams.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/io/http_world.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/raw_server.hpp"

namespace spillway::http_stream_test {

using namespace std::chrono_literals;
using spillway::testing::get;
using spillway::testing::HttpWorld;
using spillway::testing::Pending;
using spillway::testing::RawServer;
using Then = RawServer::Then;

namespace {

const std::string chunked{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"};

struct Heard {
  std::string text{};
  int pieces{0};
  int wanted{1000};

  io::BodySink sink() {
    return [this](std::string_view piece) {
      text += piece;
      return ++pieces < wanted;
    };
  }
};

Result<io::HttpResponse> listen(HttpWorld& world, io::HttpClient& client, std::uint16_t port,
                                Heard& heard) {
  auto request = get(port, "/watch");
  return world.clock.run_still(client.stream(std::move(request), heard.sink(), 5s, world.in(60s)));
}

}  // namespace

TEST_CASE("the body of a stream is handed over and not kept") {
  HttpWorld world{};
  RawServer server{world.context, {{chunked + "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"}}};
  const auto client = world.client();
  Heard heard{};
  const auto answer = listen(world, *client, server.port(), heard);
  REQUIRE(answer);
  CHECK(answer->status == 200);
  CHECK(answer->body.empty());
  CHECK(heard.text == "abcde");
  CHECK(server.requests().at(0).find("Connection: close\r\n") != std::string::npos);
}

TEST_CASE("pieces arrive while the stream is still open, beyond the limit of a body") {
  HttpWorld world{};
  RawServer server{world.context, {{chunked + "3\r\nabc\r\n", Then::keeps_open}}};
  const auto client = world.client({.body_limit = 2});
  Heard heard{};
  const Pending pending{world.context,
                        client->stream(get(server.port()), heard.sink(), 5s, world.in(60s))};
  world.clock.run_io_until([&] { return heard.text == "abc"; });
  CHECK_FALSE(pending.is_done());
  world.clock.advance_by(4s);
  CHECK_FALSE(pending.is_done());
  world.clock.advance_by(2s);  // more silence than allowed
  REQUIRE(pending.is_done());
  CHECK(pending.answer().error().code == Errc::timeout);
}

TEST_CASE("the sink ends a stream that goes on") {
  HttpWorld world{};
  RawServer server{world.context, {{chunked + "3\r\nabc\r\n", Then::keeps_open}}};
  const auto client = world.client();
  Heard heard{.wanted = 1};
  const auto answer = listen(world, *client, server.port(), heard);
  REQUIRE(answer);
  CHECK(heard.text == "abc");
}

TEST_CASE("a refusal is an answer with its body, and the sink hears nothing") {
  HttpWorld world{};
  RawServer server{world.context, {{"HTTP/1.1 410 Gone\r\nContent-Length: 4\r\n\r\ngone"}}};
  const auto client = world.client();
  Heard heard{};
  const auto answer = listen(world, *client, server.port(), heard);
  REQUIRE(answer);
  CHECK(answer->status == 410);
  CHECK(answer->body == "gone");
  CHECK(heard.pieces == 0);
}

TEST_CASE("a stream that breaks off in the middle is an error, not an end") {
  HttpWorld world{};
  RawServer server{world.context, {{chunked + "9\r\nabc", Then::closes}}};
  const auto client = world.client();
  Heard heard{};
  const auto answer = listen(world, *client, server.port(), heard);
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == Errc::unavailable);
}

TEST_CASE("a stream takes no connection away from requests") {
  HttpWorld world{};
  RawServer watched{world.context,
                    {{chunked + "3\r\nabc\r\n", Then::keeps_open},
                     {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"}}};
  const auto client = world.client({.connections_per_origin = 1});
  Heard heard{};
  const Pending pending{world.context,
                        client->stream(get(watched.port()), heard.sink(), 5s, world.in(60s))};
  world.clock.run_io_until([&] { return heard.text == "abc"; });
  CHECK(world.send(*client, get(watched.port()))->body == "ok");
  world.clock.advance_by(6s);
  CHECK(pending.is_done());
}

TEST_CASE("a stream over a UNIX-domain socket") {
  HttpWorld world{};
  const testing::ScratchDirectory directory{};
  const std::string path{directory.path() / "api.sock"};
  RawServer server{world.context, {{chunked + "2\r\nhi\r\n0\r\n\r\n"}}, "\r\n\r\n", path};
  const auto client = world.client();
  io::HttpRequest request{};
  request.url = *io::parse_url("unix://" + path + ":/events");
  Heard heard{};
  CHECK(world.clock.run_still(client->stream(std::move(request), heard.sink(), 5s, world.in(60s))));
  CHECK(heard.text == "hi");
}

}  // namespace spillway::http_stream_test
