#include "controller/io/stream_socket.hpp"

#include <doctest/doctest.h>

#include <string>

#include "controller/io/probe.hpp"
#include "tests/io/http_world.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/raw_server.hpp"

namespace spillway::stream_socket_test {

using namespace std::chrono_literals;
using spillway::testing::HttpWorld;
using spillway::testing::Pending;
using spillway::testing::RawServer;
using Then = RawServer::Then;

namespace {

struct World : HttpWorld {
  Result<std::string> ask(io::Endpoint endpoint, std::string text, std::size_t limit = 1000) {
    return clock.run_still(
        io::exchange(std::move(endpoint), std::move(text), limit, clock, in(10s)));
  }
};

io::Endpoint local(std::uint16_t port) {
  return {.host = "127.0.0.1", .port = port};
}

}  // namespace

TEST_CASE("a question is answered up to the end of the connection") {
  World world{};
  RawServer server{world.context, {{"Name: HAProxy\n\n", Then::closes}}, "\n"};
  CHECK(*world.ask(local(server.port()), "show info\n") == "Name: HAProxy\n\n");
  CHECK(server.requests().at(0) == "show info\n");
}

TEST_CASE("a question travels over a UNIX-domain socket") {
  World world{};
  const spillway::testing::ScratchDirectory scratch{};
  const std::string path{scratch.path() / "s"};
  RawServer server{world.context, {{"answer", Then::closes}}, "\n", path};
  CHECK(*world.ask({.path = path}, "question\n") == "answer");
  CHECK(world.ask({.path = path + "x"}, "question\n").error().code == Errc::unavailable);
}

TEST_CASE("an answer beyond the limit is refused, one at the limit is not") {
  World world{};
  RawServer server{world.context,
                   {{std::string(1000, 'x'), Then::closes}, {std::string(1001, 'x'), Then::closes}},
                   "\n"};
  CHECK(world.ask(local(server.port()), "a\n")->size() == 1000);
  CHECK(world.ask(local(server.port()), "a\n").error().code == Errc::too_large);
}

TEST_CASE("a reset is unavailable, silence runs into the deadline") {
  World world{};
  RawServer server{world.context, {{"part", Then::resets}, {"part"}}, "\n"};
  CHECK(world.ask(local(server.port()), "a\n").error().code == Errc::unavailable);
  const Pending pending{
      world.context, io::exchange(local(server.port()), "a\n", 1000, world.clock, world.in(10s))};
  world.clock.run_io_until([&] { return server.requests().size() == 2; });
  world.clock.advance_by(10s);
  world.clock.run_io_until([&] { return pending.is_done(); });
  REQUIRE_FALSE(pending.answer());
  CHECK(pending.answer().error().code == Errc::timeout);
}

TEST_CASE("a TCP probe succeeds where somebody listens") {
  World world{};
  RawServer server{world.context, {}};
  const auto client = world.client();
  const auto prober = io::make_prober(world.clock, *client);
  const auto probe = [&](std::uint16_t port) {
    return world.clock.run_still(prober->probe({.ip = "127.0.0.1", .port = port}, world.in(2s)));
  };
  CHECK(probe(server.port()));
  CHECK(probe(spillway::testing::free_port()).error().code == Errc::unavailable);
}

TEST_CASE("an HTTP probe goes by the status, over a connection of its own") {
  World world{};
  RawServer server{world.context,
                   {{"HTTP/1.1 204 No Content\r\n\r\n"},
                    {"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"},
                    {"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n"},
                    {"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n"}}};
  const auto client = world.client();
  const auto prober = io::make_prober(world.clock, *client);
  const auto probe = [&](io::ProbeTarget target) {
    return world.clock.run_still(prober->probe(std::move(target), world.in(2s)));
  };
  io::ProbeTarget target{.ip = "127.0.0.1", .port = server.port(), .path = "/ready"};
  CHECK(probe(target));
  const auto refused = probe(target);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().context.find("503") != std::string::npos);
  CHECK(probe(target));
  target.status_max = 299;
  CHECK_FALSE(probe(target));
  CHECK(server.connection_count() == 4);
  CHECK(server.requests().at(0).starts_with("GET /ready HTTP/1.1\r\n"));
}

}  // namespace spillway::stream_socket_test
