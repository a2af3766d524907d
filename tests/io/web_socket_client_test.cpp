// A WebSocket over real loopback sockets: our client against our server's upgrade. That both read
// the RFC rightly is shown by frames of others: the RFC's examples, Beast in the emulator, and
// kubectl.
#include "controller/io/web_socket_client.hpp"

#include <doctest/doctest.h>

#include <array>
#include <string>

#include "controller/io/upgrade.hpp"
#include "controller/io/web_socket_frames.hpp"
#include "tests/io/http_world.hpp"
#include "tests/support/real_time.hpp"

namespace spillway::web_socket_client_test {

using namespace spillway::testing;
using Kind = io::WebSocketMessage::Kind;

namespace {

/// Pings, says everything twice, and closes when told to.
class Echo final : public io::Upgrade {
 public:
  boost::asio::awaitable<void> run(io::ByteStream& stream, std::string early) override {
    io::WebSocketReader reader{io::WebSocketEnd::server, 1024};
    std::string out{io::web_socket_frame({Kind::ping, "there?"})};
    std::array<char, 1024> buffer{};
    std::string bytes{std::move(early)};
    while (true) {
      const auto messages = reader.feed(bytes);
      if (!messages) co_return;
      for (const io::WebSocketMessage& each : *messages) {
        if (each.kind == Kind::pong) pong = each.bytes;
        if (each.kind == Kind::close) has_closed = true;
        if (each.kind != Kind::binary) continue;
        out += io::web_socket_frame(each) + io::web_socket_frame(each);
        if (each.bytes == "bye") out += io::web_socket_frame(io::web_socket_close(1000));
        if (each.bytes == "fall") out += io::web_socket_frame(io::web_socket_close(1011, "why"));
      }
      const Result<void> written = co_await stream.write_all(out);
      if (!written) co_return;
      out.clear();
      const auto size = co_await stream.read_some(buffer);
      if (!size || *size == 0) co_return;
      bytes = std::string{buffer.data(), *size};
    }
  }
  void close() override { ++closed; }

  std::string pong{};
  bool has_closed{false};
  int closed{0};
};

struct World {
  RealTime time{};
  io::SeededRandom random{3};
  std::shared_ptr<Echo> echo{std::make_shared<Echo>()};
  std::string authorization{};
  bool is_plain{false};
  std::unique_ptr<io::HttpServer> server{start()};
  std::unique_ptr<io::WebSocketClient> client{
      io::make_web_socket_client(time.clock, random, {}).value()};

  std::unique_ptr<io::HttpServer> start() {
    auto started = io::start_http_server(
        time.context, time.clock, {},
        [this](io::HttpRequest request) -> boost::asio::awaitable<io::HttpReply> {
          authorization = std::string{request.headers.find("Authorization").value_or("")};
          io::HttpResponse head{};
          if (is_plain) co_return head;
          const std::string key{request.headers.find("Sec-WebSocket-Key").value_or("")};
          head.headers.set("Sec-WebSocket-Accept", io::web_socket_accept(key));
          co_return io::HttpReply{std::move(head), echo, "websocket"};
        });
    REQUIRE(started);
    return std::move(*started);
  }
  Result<std::unique_ptr<io::WebSocket>> open() {
    io::Headers headers{{"Authorization", "hush"}};
    return time.run(client->open(get(server->port()).url, headers, time.soon()));
  }
};

boost::asio::awaitable<bool> stopped(io::HttpServer& server, io::Deadline deadline) {
  co_await server.stop(deadline);
  co_return true;
}

}  // namespace

TEST_CASE("messages go both ways, pings are answered, and a normal close is an end") {
  World world{};
  auto socket = world.open();
  REQUIRE(socket);
  CHECK(world.authorization == "hush");
  REQUIRE(world.time.run((*socket)->write("one")));
  CHECK(world.time.run((*socket)->read()).value() == "one");
  CHECK(world.time.run((*socket)->read()).value() == "one");
  CHECK(world.echo->pong == "there?");
  REQUIRE(world.time.run((*socket)->write("bye")));
  CHECK(world.time.run((*socket)->read()).value() == "bye");
  CHECK(world.time.run((*socket)->read()).value() == "bye");
  CHECK_FALSE(world.time.run((*socket)->read()).value());
  world.time.drive([&] { return world.echo->closed > 0; });
  CHECK(world.echo->has_closed);
}

TEST_CASE("a close for another reason is an error that says so") {
  World world{};
  auto socket = world.open();
  REQUIRE(socket);
  REQUIRE(world.time.run((*socket)->write("fall")));
  CHECK(world.time.run((*socket)->read()).value() == "fall");
  CHECK(world.time.run((*socket)->read()).value() == "fall");
  const auto end = world.time.run((*socket)->read());
  REQUIRE_FALSE(end);
  CHECK(end.error().code == Errc::unavailable);
  CHECK(end.error().context.find("1011: why") != std::string::npos);
}

TEST_CASE("a server that answers with a page is no WebSocket") {
  World world{};
  world.is_plain = true;
  const auto socket = world.open();
  REQUIRE_FALSE(socket);
  CHECK(socket.error().context.find("WebSocket http://127.0.0.1") != std::string::npos);
}

TEST_CASE("stopping the server closes what a connection has become") {
  World world{};
  auto socket = world.open();
  REQUIRE(socket);
  REQUIRE(world.time.run((*socket)->write("one")));
  CHECK(world.time.run((*socket)->read()).value() == "one");
  // Echo does not end by itself: it is cut off at the deadline.
  const io::Deadline soon{io::deadline_after(world.time.clock, std::chrono::milliseconds{100})};
  CHECK(world.time.run(stopped(*world.server, soon)));
  CHECK(world.echo->closed > 0);
}

}  // namespace spillway::web_socket_client_test
