#include "controller/io/http_client.hpp"

#include <doctest/doctest.h>

#include <string>

#include "tests/io/http_world.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/raw_server.hpp"

namespace spillway::http_client_test {

using namespace std::chrono_literals;
using spillway::testing::get;
using spillway::testing::HttpWorld;
using spillway::testing::Pending;
using spillway::testing::RawServer;
using Then = RawServer::Then;

namespace {

const std::string ok{"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"};

/// One request to a server that answers it with `bytes`.
Result<io::HttpResponse> answer_of(std::string bytes, Then then = Then::closes,
                                   io::HttpClientOptions options = {}) {
  HttpWorld world{};
  RawServer server{world.context, {{std::move(bytes), then}}};
  const auto client = world.client(std::move(options));
  return world.send(*client, get(server.port(), "/path?secret=1"));
}

Error error_of(const Result<io::HttpResponse>& response) {
  REQUIRE_FALSE(response);
  return response.error();
}

bool says(const Error& error, std::string_view text) {
  return error.context.find(text) != std::string::npos;
}

}  // namespace

TEST_CASE("a response arrives with its status, header and body") {
  const auto response =
      answer_of("HTTP/1.1 404 Not Found\r\nX-One: 1\r\nContent-Length: 4\r\n\r\nbody");
  REQUIRE(response);
  CHECK(response->status == 404);
  CHECK(response->headers.find("x-one") == "1");
  CHECK(response->body == "body");
}

TEST_CASE("chunked bodies and bodies that end with the connection are whole") {
  CHECK(answer_of(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")
            ->body == "abcde");
  CHECK(answer_of("HTTP/1.1 200 OK\r\n\r\nall there is")->body == "all there is");
}

TEST_CASE("interim answers are skipped") {
  CHECK(answer_of("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nA: b\r\n\r\n" + ok)
            ->body == "ok");
}

TEST_CASE("a request says what it has to and no more") {
  HttpWorld world{};
  RawServer server{world.context, {{ok, Then::closes}}};
  const auto client = world.client();
  auto request = get(server.port(), "/a?b=c");
  request.method = "POST";
  request.headers.set("X-Token", "t");
  request.headers.set("Content-Length", "999");
  REQUIRE(world.send(*client, std::move(request)));
  CHECK(server.requests().at(0) ==
        "POST /a?b=c HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(server.port()) +
            "\r\nUser-Agent: spillway/" SPILLWAY_VERSION
            "\r\nX-Token: t\r\nContent-Length: 0\r\n\r\n");
}

TEST_CASE("the second request travels over the connection of the first") {
  HttpWorld world{};
  RawServer server{world.context, {{ok}, {ok}, {ok}}};
  const auto client = world.client();
  for (int i{0}; i < 3; ++i) CHECK(world.send(*client, get(server.port())));
  CHECK(server.requests().size() == 3);
  CHECK(server.connection_count() == 1);
}

TEST_CASE("a connection is not used again when the server, the client or its age says so") {
  HttpWorld world{};
  const auto client = world.client();
  SUBCASE("the server says Connection: close") {
    RawServer server{world.context,
                     {{"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"}, {ok}}};
    CHECK(world.send(*client, get(server.port())));
    CHECK(world.send(*client, get(server.port())));
    CHECK(server.connection_count() == 2);
  }
  SUBCASE("the request says Connection: close") {
    RawServer server{world.context, {{ok}, {ok}}};
    auto request = get(server.port());
    request.headers.set("Connection", "close");
    CHECK(world.send(*client, request));
    CHECK(world.send(*client, request));
    CHECK(server.connection_count() == 2);
    CHECK(server.requests().at(0).find("Connection: close\r\n") != std::string::npos);
  }
  SUBCASE("it has been idle for too long") {
    RawServer server{world.context, {{ok}, {ok}}};
    CHECK(world.send(*client, get(server.port())));
    world.clock.advance_by(31s);
    CHECK(world.send(*client, get(server.port())));
    CHECK(server.connection_count() == 2);
  }
  SUBCASE("the server sent more than it announced") {
    RawServer server{world.context, {{ok + "HTTP/1.1 200 OK\r\n"}, {ok}}};
    CHECK(world.send(*client, get(server.port())));
    CHECK(world.send(*client, get(server.port())));
    CHECK(server.connection_count() == 2);
  }
}

TEST_CASE("a kept connection that the server has closed meanwhile goes unnoticed") {
  HttpWorld world{};
  RawServer server{world.context, {{ok, Then::closes}, {ok}}};
  const auto client = world.client();
  CHECK(world.send(*client, get(server.port())));
  auto request = get(server.port());
  request.method = "POST";  // not repeatable, so only a look at the connection can save it
  CHECK(world.send(*client, std::move(request)));
  CHECK(server.connection_count() == 2);
}

TEST_CASE(
    "a kept connection that dies on the request is replaced once, for idempotent methods only") {
  HttpWorld world{};
  RawServer server{world.context, {{ok}, {"", Then::closes}, {ok}}};
  const auto client = world.client();
  CHECK(world.send(*client, get(server.port())));
  auto request = get(server.port());
  SUBCASE("GET") {
    CHECK(world.send(*client, request));
    CHECK(server.requests().size() == 3);
  }
  SUBCASE("POST") {
    request.method = "POST";
    CHECK(error_of(world.send(*client, request)).code == Errc::unavailable);
    CHECK(server.requests().size() == 2);
  }
}

TEST_CASE("a fresh connection that dies on the request is not tried again") {
  HttpWorld world{};
  RawServer server{world.context, {{"", Then::closes}, {ok}}};
  const auto client = world.client();
  const Error error{error_of(world.send(*client, get(server.port())))};
  CHECK(error.code == Errc::unavailable);
  CHECK(says(error, "closed without an answer"));
  CHECK(server.requests().size() == 1);
}

TEST_CASE("an answer that is not HTTP is malformed") {
  CHECK(error_of(answer_of("SSH-2.0-OpenSSH_9.2\r\n\r\n")).code == Errc::malformed);
  CHECK(error_of(answer_of("HTTP/1.1 abc OK\r\n\r\n")).code == Errc::malformed);
  CHECK(error_of(answer_of("HTTP/1.1 200 OK\r\nno colon\r\n\r\n")).code == Errc::malformed);
  CHECK(error_of(answer_of("HTTP/1.1 200 OK\r\nContent-Length: 1e3\r\n\r\n")).code ==
        Errc::malformed);
  CHECK(error_of(answer_of("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n")).code ==
        Errc::malformed);
  CHECK(error_of(answer_of(std::string(300, '\0'))).code == Errc::malformed);
}

TEST_CASE("an answer that breaks off is unavailable, wherever it does") {
  const std::string whole{"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789"};
  for (std::size_t size{0}; size < whole.size(); size += 7) {
    CAPTURE(size);
    CHECK(error_of(answer_of(whole.substr(0, size))).code == Errc::unavailable);
    CHECK(error_of(answer_of(whole.substr(0, size), Then::resets)).code == Errc::unavailable);
  }
}

TEST_CASE("an answer beyond the limits is refused, announced or not") {
  const io::HttpClientOptions small{.header_limit = 256, .body_limit = 16};
  const auto code_of = [&](std::string bytes) {
    return error_of(answer_of(std::move(bytes), Then::keeps_open, small)).code;
  };
  CHECK(code_of("HTTP/1.1 200 OK\r\nContent-Length: 17\r\n\r\n") == Errc::too_large);
  CHECK(code_of("HTTP/1.1 200 OK\r\n\r\n12345678901234567") == Errc::too_large);
  CHECK(code_of(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n12\r\n123456789012345678\r\n") ==
        Errc::too_large);
  CHECK(code_of("HTTP/1.1 200 OK\r\nLong: " + std::string(300, 'x') + "\r\n\r\n") ==
        Errc::too_large);
  CHECK(code_of(std::string(300, 'x')) != Errc::timeout);
}

TEST_CASE("a request may set its own limit for the body") {
  HttpWorld world{};
  RawServer server{world.context, {{ok}, {ok}}};
  const auto client = world.client();
  auto request = get(server.port());
  request.response_limit = 1;
  CHECK(error_of(world.send(*client, request)).code == Errc::too_large);
  request.response_limit = 2;
  CHECK(world.send(*client, request));
}

TEST_CASE("a server that drips its answer runs into the deadline") {
  HttpWorld world{};
  RawServer server{world.context, {{"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n012"}}};
  const auto client = world.client();
  const Pending pending{world.context, client->send(get(server.port(), "/slow"), world.in(10s))};
  world.clock.run_io_until([&] { return !server.requests().empty(); });
  world.clock.advance_by(9s);
  CHECK_FALSE(pending.is_done());
  world.clock.advance_by(1s);
  world.clock.run_io_until([&] { return pending.is_done(); });
  const Error error{error_of(pending.answer())};
  CHECK(error.code == Errc::timeout);
  CHECK(says(error, "GET http://127.0.0.1:"));
  CHECK(says(error, "/slow"));
}

TEST_CASE("a cancelled request ends as cancelled, and its connection is not used again") {
  HttpWorld world{};
  RawServer server{world.context, {{""}, {ok}}};
  const auto client = world.client();
  auto inner = client->send(get(server.port()), world.in(60s));
  const Pending pending{world.context,
                        io::with_deadline(std::move(inner), world.clock, world.in(5s), "outer")};
  world.clock.run_io_until([&] { return !server.requests().empty(); });
  world.clock.advance_by(5s);
  world.clock.run_io_until([&] { return pending.is_done(); });
  CHECK(error_of(pending.answer()).code == Errc::timeout);
  CHECK(says(error_of(pending.answer()), "outer"));
  CHECK(world.send(*client, get(server.port())));
  CHECK(server.connection_count() == 2);
}

TEST_CASE("errors name method, origin and path, but never the query") {
  const Error error{error_of(answer_of("garbage\r\n\r\n"))};
  CHECK(says(error, "GET http://127.0.0.1:"));
  CHECK(says(error, "/path"));
  CHECK_FALSE(says(error, "secret"));
}

TEST_CASE("a refused connection and an unknown name are unavailable") {
  HttpWorld world{};
  const auto client = world.client();
  const std::uint16_t nobody{spillway::testing::free_port()};
  CHECK(error_of(world.send(*client, get(nobody))).code == Errc::unavailable);
  auto request = get(80, "/", "http", "no-such-host.invalid");
  CHECK(error_of(world.send(*client, std::move(request))).code == Errc::unavailable);
}

TEST_CASE("a request with illegal characters is not sent") {
  HttpWorld world{};
  RawServer server{world.context, {}};
  const auto client = world.client();
  auto request = get(server.port());
  SUBCASE("in a header value") {
    request.headers.set("X-Evil", "a\r\nInjected: 1");
  }
  SUBCASE("in a header name") {
    request.headers.set("X Evil", "a");
  }
  SUBCASE("in the target") {
    request.url.target = "/a HTTP/1.1\r\nInjected: 1\r\n\r\n";
  }
  SUBCASE("in the method") {
    request.method = "GET /x";
  }
  SUBCASE("in the host") {
    request.url.host = "127.0.0.1\r\nInjected: 1";
  }
  SUBCASE("no path") {
    request.url.target = "";
  }
  CHECK(error_of(world.send(*client, std::move(request))).code == Errc::bad_request);
  CHECK(server.connection_count() == 0);
}

TEST_CASE(
    "requests beyond the connection limit wait for their turn, beyond the queue they are refused") {
  HttpWorld world{};
  RawServer server{world.context, {{ok}, {ok}}};
  const auto client = world.client({.connections_per_origin = 1, .waiting_per_origin = 1});
  const auto request = get(server.port());
  const Pending first{world.context, client->send(request, world.in(60s))};
  const Pending second{world.context, client->send(request, world.in(60s))};
  const Pending third{world.context, client->send(request, world.in(60s))};
  world.clock.run_io_until([&] { return first.is_done() && second.is_done() && third.is_done(); });
  CHECK(first.answer());
  CHECK(second.answer());
  CHECK(error_of(third.answer()).code == Errc::unavailable);
  CHECK(says(error_of(third.answer()), "waiting already"));
  CHECK(server.connection_count() == 1);
}

TEST_CASE("a request that gives up waiting does not block those behind it") {
  HttpWorld world{};
  RawServer server{world.context, {{""}, {ok}}};
  const auto client = world.client({.connections_per_origin = 1});
  const auto request = get(server.port());
  const Pending stuck{world.context, client->send(request, world.in(20s))};
  const Pending impatient{world.context, client->send(request, world.in(10s))};
  const Pending patient{world.context, client->send(request, world.in(60s))};
  world.clock.run_io_until([&] { return server.requests().size() == 1; });
  world.clock.advance_by(10s);
  world.clock.run_io_until([&] { return impatient.is_done(); });
  CHECK(error_of(impatient.answer()).code == Errc::timeout);
  world.clock.advance_by(10s);
  world.clock.run_io_until([&] { return stuck.is_done() && patient.is_done(); });
  CHECK(error_of(stuck.answer()).code == Errc::timeout);
  CHECK(patient.answer());
}

TEST_CASE("the same requests travel over a UNIX-domain socket") {
  HttpWorld world{};
  const spillway::testing::ScratchDirectory scratch{};
  const std::string path{scratch.path() / "socket"};
  RawServer server{world.context, {{ok}, {ok}}, "\r\n\r\n", path};
  const auto client = world.client();
  io::HttpRequest request{};
  request.url = *io::parse_url("unix:" + path + ":/v1.43/info");
  CHECK(world.send(*client, request)->body == "ok");
  CHECK(world.send(*client, request)->body == "ok");
  CHECK(server.requests().at(0).starts_with("GET /v1.43/info HTTP/1.1\r\nHost: localhost\r\n"));
  CHECK(server.connection_count() == 1);

  request.url.host += "-absent";
  CHECK(error_of(world.send(*client, request)).code == Errc::unavailable);
}

}  // namespace spillway::http_client_test
