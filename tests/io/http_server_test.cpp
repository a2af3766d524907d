#include "controller/io/http_server.hpp"

#include <doctest/doctest.h>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <stdexcept>
#include <string>

#include "controller/io/stream_socket.hpp"
#include "tests/io/http_world.hpp"
#include "tests/support/child_process.hpp"

namespace spillway::http_server_test {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using spillway::testing::get;
using spillway::testing::HttpWorld;
using spillway::testing::Pending;

namespace {

/// Says what it was asked.
asio::awaitable<io::HttpReply> echo(io::HttpRequest request) {
  if (request.url.target == "/throws") throw std::runtime_error{"broken handler"};
  io::HttpResponse response{};
  response.headers.set("X-Method", request.method);
  response.body = request.url.target + " " + request.body;
  co_return response;
}

/// The server's raw answer to raw bytes, until it closes the connection.
std::string raw(HttpWorld& world, std::uint16_t port, std::string bytes) {
  io::Endpoint endpoint{.host = "127.0.0.1", .port = port};
  const auto answer = world.clock.run_still(
      io::exchange(std::move(endpoint), std::move(bytes), 1 << 20, world.clock, world.in(60s)));
  REQUIRE(answer);
  return *answer;
}

std::string status_line(const std::string& answer) {
  return answer.substr(0, answer.find("\r\n"));
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

struct EchoWorld : HttpWorld {
  explicit EchoWorld(io::HttpServerOptions options = {}) : server_{server(echo, options)} {}
  ~EchoWorld() { stop(*server_); }
  std::string raw(std::string bytes) {
    return http_server_test::raw(*this, server_->port(), std::move(bytes));
  }

  std::unique_ptr<io::HttpServer> server_;
};

}  // namespace

TEST_CASE(
    "a request reaches the handler and its reply the client, several times on one connection") {
  EchoWorld world{};
  const auto client = world.client();
  for (int i{0}; i < 3; ++i) {
    auto request = get(world.server_->port(), "/a?b=c");
    request.method = "PUT";
    request.body = std::string(100'000, 'x');
    const auto response = world.send(*client, std::move(request));
    REQUIRE(response);
    CHECK(response->status == 200);
    CHECK(response->headers.find("X-Method") == "PUT");
    CHECK(response->body == "/a?b=c " + std::string(100'000, 'x'));
  }
}

TEST_CASE("HEAD arrives as GET and is answered without a body") {
  EchoWorld world{};
  const std::string answer{world.raw("HEAD /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")};
  CHECK(status_line(answer) == "HTTP/1.1 200 OK");
  CHECK(has(answer, "X-Method: GET\r\n"));
  CHECK(has(answer, "Content-Length: 3\r\n"));
  CHECK(answer.ends_with("\r\n\r\n"));
}

TEST_CASE("requests sent at once are answered in their order") {
  EchoWorld world{};
  const std::string answer{
      world.raw("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nPOST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: "
                "2\r\n\r\nhiGET /3 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")};
  const std::size_t first{answer.find("/1 ")}, second{answer.find("/2 hi")},
      third{answer.find("/3 ")};
  CHECK(first < second);
  CHECK(second < third);
  CHECK(third != std::string::npos);
}

TEST_CASE("an HTTP/1.0 client gets its answer and the end of the connection") {
  EchoWorld world{};
  const std::string answer{world.raw("GET /old HTTP/1.0\r\n\r\n")};
  CHECK(status_line(answer) == "HTTP/1.1 200 OK");
  CHECK(has(answer, "Connection: close\r\n"));
}

TEST_CASE("garbage is answered with 400 and hurts nobody else") {
  EchoWorld world{};
  CHECK(status_line(world.raw("\x16\x03\x01\x02 hello\r\n\r\n")) == "HTTP/1.1 400 Bad Request");
  CHECK(status_line(world.raw("GET / HTTP/9.9\r\n\r\n")) == "HTTP/1.1 400 Bad Request");
  CHECK(status_line(world.raw("GET / HTTP/1.1\r\nbroken\r\n\r\n")) == "HTTP/1.1 400 Bad Request");
  CHECK(status_line(world.raw("POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n")) ==
        "HTTP/1.1 400 Bad Request");
  const auto client = world.client();
  CHECK(world.send(*client, get(world.server_->port())));
}

TEST_CASE("a request with both a length and chunks is refused, as a smuggler's would be") {
  EchoWorld world{};
  const std::string answer{
      world.raw("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: "
                "chunked\r\n\r\n0\r\n\r\n")};
  CHECK(status_line(answer) == "HTTP/1.1 400 Bad Request");
}

TEST_CASE("headers and bodies beyond the limits are answered with 431 and 413") {
  EchoWorld world{{.header_limit = 512, .body_limit = 100}};
  CHECK(status_line(world.raw("GET / HTTP/1.1\r\nLong: " + std::string(600, 'x') + "\r\n\r\n")) ==
        "HTTP/1.1 431 Request Header Fields Too Large");
  CHECK(status_line(world.raw(std::string(2000, 'x'))) ==
        "HTTP/1.1 431 Request Header Fields Too Large");
  CHECK(status_line(world.raw("POST / HTTP/1.1\r\nContent-Length: 101\r\n\r\n")) ==
        "HTTP/1.1 413 Content Too Large");
  CHECK(status_line(world.raw("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n80\r\n" +
                              std::string(128, 'x') + "\r\n0\r\n\r\n")) ==
        "HTTP/1.1 413 Content Too Large");
}

TEST_CASE("an upload that is refused midway still sees why") {
  EchoWorld world{{.body_limit = 1000}};
  const auto client = world.client();
  auto request = get(world.server_->port());
  request.method = "POST";
  request.body = std::string(4'000'000, 'x');
  const auto response = world.send(*client, std::move(request));
  REQUIRE(response);
  CHECK(response->status == 413);
}

TEST_CASE("a client that waits for 100 Continue is told to go on") {
  EchoWorld world{};
  const std::string answer{
      world.raw("POST /c HTTP/1.1\r\nHost: a\r\nConnection: close\r\nExpect: 100-continue\r\n"
                "Content-Length: 200000\r\n\r\n" +
                std::string(200'000, 'y'))};
  CHECK(status_line(answer) == "HTTP/1.1 100 Continue");
  CHECK(has(answer, "HTTP/1.1 200 OK\r\n"));
}

TEST_CASE("an exception in a handler is answered with 500 and hurts nobody else") {
  EchoWorld world{};
  const auto client = world.client();
  const auto response = world.send(*client, get(world.server_->port(), "/throws"));
  REQUIRE(response);
  CHECK(response->status == 500);
  CHECK_FALSE(has(response->body, "broken handler"));
  CHECK(world.send(*client, get(world.server_->port()))->status == 200);
}

TEST_CASE("a reply with illegal header characters is answered with 500") {
  HttpWorld world{};
  const auto server = world.server([](io::HttpRequest) -> asio::awaitable<io::HttpReply> {
    io::HttpResponse response{};
    response.headers.set("X-Evil", "a\r\nInjected: 1");
    co_return response;
  });
  const std::string answer{raw(world, server->port(), "GET / HTTP/1.1\r\n\r\n")};
  CHECK(status_line(answer) == "HTTP/1.1 500 Internal Server Error");
  CHECK_FALSE(has(answer, "Injected"));
  world.stop(*server);
}

TEST_CASE("a request that does not end in time is answered with 408") {
  EchoWorld world{};
  io::Endpoint endpoint{.host = "127.0.0.1", .port = world.server_->port()};
  const Pending pending{world.context, io::exchange(std::move(endpoint), "GET / HTTP/1.1\r\nHo",
                                                    1000, world.clock, world.in(60s))};
  // Two sleepers: the asker's own deadline and the server's limit for the whole request.
  world.clock.run_io_until([&] { return world.clock.sleeper_count() == 2; });
  world.context.poll();
  world.clock.advance_by(16s);
  world.clock.run_io_until([&] { return pending.is_done(); });
  REQUIRE(pending.answer());
  CHECK(status_line(*pending.answer()) == "HTTP/1.1 408 Request Timeout");
}

TEST_CASE("a connection without a request is closed in silence") {
  EchoWorld world{};
  io::Endpoint endpoint{.host = "127.0.0.1", .port = world.server_->port()};
  const Pending pending{world.context,
                        io::exchange(std::move(endpoint), "", 1000, world.clock, world.in(90s))};
  world.clock.run_io_until([&] { return world.clock.sleeper_count() == 2; });
  world.clock.advance_by(61s);
  world.clock.run_io_until([&] { return pending.is_done(); });
  REQUIRE(pending.answer());
  CHECK(pending.answer()->empty());
}

TEST_CASE("a handler that hangs is answered for with 503") {
  HttpWorld world{};
  const auto server = world.server([&](io::HttpRequest) -> asio::awaitable<io::HttpReply> {
    for (;;) {
      const auto slept = co_await world.clock.sleep_until(world.clock.now() + 1h);
      static_cast<void>(slept);
    }
  });
  const auto client = world.client();
  const Pending pending{world.context, client->send(get(server->port()), world.in(60s))};
  // The client's deadline, the handler's limit, and the handler's own sleep.
  world.clock.run_io_until([&] { return world.clock.sleeper_count() == 3; });
  world.clock.advance_by(31s);
  world.clock.run_io_until([&] { return pending.is_done(); });
  REQUIRE(pending.answer());
  CHECK(pending.answer()->status == 503);
  world.stop(*server);
}

TEST_CASE("one connection too many is answered with 503 while the others go on") {
  HttpWorld world{};
  const auto server = world.server(echo, {.connections_max = 1});
  const auto client = world.client();
  CHECK(world.send(*client, get(server->port())));  // and the connection is kept
  const auto other = world.client();
  const auto refused = world.send(*other, get(server->port()));
  REQUIRE(refused);
  CHECK(refused->status == 503);
  CHECK(world.send(*client, get(server->port()))->status == 200);
  world.stop(*server);
}

TEST_CASE(
    "stopping lets the request in flight finish, closes idle connections and accepts no more") {
  HttpWorld world{};
  asio::steady_timer gate{world.context, asio::steady_timer::time_point::max()};
  bool is_waiting{false};
  const auto server = world.server([&](io::HttpRequest) -> asio::awaitable<io::HttpReply> {
    is_waiting = true;
    boost::system::error_code opened{};
    co_await gate.async_wait(asio::redirect_error(asio::use_awaitable, opened));
    io::HttpResponse response{};
    response.body = "finished";
    co_return response;
  });
  const auto port = server->port();
  const auto client = world.client();
  const Pending pending{world.context, client->send(get(port), world.in(60s))};
  world.clock.run_io_until([&] { return is_waiting; });
  bool is_stopped{false};
  asio::co_spawn(world.context, server->stop(world.in(10s)),
                 [&](std::exception_ptr) { is_stopped = true; });
  world.context.poll();
  CHECK_FALSE(is_stopped);
  gate.cancel();
  world.clock.run_io_until([&] { return is_stopped && pending.is_done(); });
  CHECK(pending.answer()->body == "finished");
  CHECK(pending.answer()->headers.find("Connection") == "close");
  const auto late = world.send(*client, get(port));
  REQUIRE_FALSE(late);
  CHECK(late.error().code == Errc::unavailable);
}

TEST_CASE("stopping cuts off what has not finished by the deadline") {
  HttpWorld world{};
  bool is_waiting{false};
  const auto server = world.server([&](io::HttpRequest) -> asio::awaitable<io::HttpReply> {
    is_waiting = true;
    const auto slept = co_await world.clock.sleep_until(world.clock.now() + 1h);
    static_cast<void>(slept);
    co_return io::HttpResponse{};
  });
  const auto client = world.client();
  const Pending pending{world.context, client->send(get(server->port()), world.in(60s))};
  world.clock.run_io_until([&] { return is_waiting; });
  bool is_stopped{false};
  asio::co_spawn(world.context, server->stop(world.in(10s)),
                 [&](std::exception_ptr) { is_stopped = true; });
  world.clock.advance_by(11s);
  world.clock.run_io_until([&] { return is_stopped && pending.is_done(); });
  REQUIRE_FALSE(pending.answer());
  CHECK(pending.answer().error().code == Errc::unavailable);
}

TEST_CASE("a live stream reaches the client event by event, with heartbeats, until it is closed") {
  HttpWorld world{};
  const auto events = std::make_shared<io::EventStream>(world.context);
  bool is_asked{false};
  const auto server = world.server([&](io::HttpRequest) -> asio::awaitable<io::HttpReply> {
    is_asked = true;
    co_return io::HttpReply{io::HttpResponse{}, events};
  });
  CHECK(events->push("tick", "one"));
  const auto client = world.client();
  const Pending pending{world.context, client->send(get(server->port()), world.in(600s))};
  world.clock.run_io_until([&] { return is_asked; });
  world.clock.advance_by(0s);  // what is written on loopback has arrived
  world.clock.advance_by(15s);
  CHECK(events->push("tick", "two\nlines"));
  events->close();
  CHECK_FALSE(events->push("tick", "late"));
  world.clock.run_io_until([&] { return pending.is_done(); });
  REQUIRE(pending.answer());
  CHECK(pending.answer()->headers.find("Content-Type") == "text/event-stream");
  CHECK(pending.answer()->body ==
        "event: tick\ndata: one\n\n: \n\nevent: tick\ndata: two\ndata: lines\n\n");
  world.stop(*server);
}

TEST_CASE("stopping the server ends its live streams in good order") {
  HttpWorld world{};
  const auto events = std::make_shared<io::EventStream>(world.context);
  bool is_asked{false};
  const auto server = world.server([&](io::HttpRequest) -> asio::awaitable<io::HttpReply> {
    is_asked = true;
    co_return io::HttpReply{io::HttpResponse{}, events};
  });
  const auto client = world.client();
  const Pending pending{world.context, client->send(get(server->port()), world.in(600s))};
  world.clock.run_io_until([&] { return is_asked; });
  world.clock.advance_by(0s);  // what is written on loopback has arrived
  world.stop(*server);
  world.clock.run_io_until([&] { return pending.is_done(); });
  CHECK(pending.answer());
  CHECK_FALSE(events->is_open());
}

TEST_CASE("a live stream notices that its client has gone") {
  HttpWorld world{};
  const auto events = std::make_shared<io::EventStream>(world.context);
  bool is_asked{false};
  const auto server = world.server([&](io::HttpRequest) -> asio::awaitable<io::HttpReply> {
    is_asked = true;
    co_return io::HttpReply{io::HttpResponse{}, events};
  });
  const auto client = world.client();
  const Pending pending{world.context, client->send(get(server->port()), world.in(5s))};
  world.clock.run_io_until([&] { return is_asked; });
  world.clock.advance_by(0s);  // what is written on loopback has arrived
  world.clock.advance_by(5s);
  world.clock.run_io_until([&] { return pending.is_done(); });
  for (int beats{0}; beats < 5 && events->is_open(); ++beats) world.clock.advance_by(15s);
  CHECK_FALSE(events->is_open());
  world.stop(*server);
}

TEST_CASE("a server listens on a UNIX-domain socket, also over a stale one, and removes it") {
  HttpWorld world{};
  const spillway::testing::ScratchDirectory scratch{};
  const std::string path{scratch.path() / "api"};
  for (int round{0}; round < 2; ++round) {
    auto server = world.server(echo, {.host = "unix:" + path});
    io::HttpRequest request{};
    request.url = *io::parse_url("unix:" + path + ":/status");
    const auto client = world.client();
    CHECK(world.send(*client, std::move(request))->body == "/status ");
    world.stop(*server);
    CHECK_FALSE(std::filesystem::exists(path));
  }
}

TEST_CASE("an address that cannot be listened on is told clearly") {
  HttpWorld world{};
  const auto first = world.server(echo);
  auto second = io::start_http_server(world.context, world.clock, {.port = first->port()}, echo);
  REQUIRE_FALSE(second);
  CHECK(second.error().code == Errc::unavailable);
  CHECK(has(second.error().context, "127.0.0.1:" + std::to_string(first->port())));
  auto nowhere = io::start_http_server(world.context, world.clock, {.host = "192.0.2.1"}, echo);
  REQUIRE_FALSE(nowhere);
  CHECK(nowhere.error().code == Errc::bad_request);
  world.stop(*first);
}

}  // namespace spillway::http_server_test
