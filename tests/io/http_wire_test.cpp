#include "controller/io/http_wire.hpp"

#include <doctest/doctest.h>

#include <string>

#include "tests/support/printing.hpp"

namespace spillway::http_wire_test {

using io::RequestReader;
using io::ResponseReader;
using io::WireLimits;

namespace {

const std::string chunked_response{
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nX: y\r\nTransfer-Encoding: chunked\r\n\r\n"
    "5;ext=1\r\nhello\r\n6\r\n world\r\n0\r\nTrailer: t\r\n\r\n"};

}  // namespace

TEST_CASE("a response means the same however its bytes are cut into pieces") {
  for (std::size_t size{1}; size <= chunked_response.size(); ++size) {
    CAPTURE(size);
    ResponseReader reader{WireLimits{}, false};
    for (std::size_t at{0}; at < chunked_response.size(); at += size) {
      REQUIRE(reader.feed(chunked_response.substr(at, size)));
    }
    CHECK(reader.is_complete());
    CHECK(reader.is_reusable());
    CHECK(reader.head().status == 200);
    CHECK(reader.head().headers.find("X") == "y");
    CHECK(reader.take_body() == "hello world");
  }
}

TEST_CASE("a response cut off anywhere is never complete") {
  for (std::size_t size{0}; size < chunked_response.size(); ++size) {
    CAPTURE(size);
    ResponseReader reader{WireLimits{}, false};
    REQUIRE(reader.feed(std::string_view{chunked_response}.substr(0, size)));
    CHECK_FALSE(reader.is_complete());
    const auto ended = reader.feed_end();
    REQUIRE_FALSE(ended);
    CHECK(ended.error().code == Errc::unavailable);
  }
}

TEST_CASE("interim answers without end are refused") {
  ResponseReader reader{WireLimits{}, false};
  std::string flood{};
  for (int i{0}; i < 1000; ++i) flood += "HTTP/1.1 100 Continue\r\n\r\n";
  CHECK(reader.feed(flood).error().code == Errc::malformed);
}

TEST_CASE("a status outside 100 to 599 is malformed, not an answer") {
  for (const char* line : {"HTTP/1.1 000 Zero", "HTTP/1.1 020 OK", "HTTP/1.1 600 Odd"}) {
    CAPTURE(line);
    ResponseReader reader{{}, false};
    const auto fed = reader.feed(std::string{line} + "\r\nContent-Length: 0\r\n\r\n");
    REQUIRE_FALSE(fed);
    CHECK(fed.error().code == Errc::malformed);
  }
}

TEST_CASE("an unasked switch of protocols is refused") {
  ResponseReader reader{WireLimits{}, false};
  CHECK(reader.feed("HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n").error().code ==
        Errc::malformed);
}

TEST_CASE("the answer to HEAD ends with its header") {
  ResponseReader reader{WireLimits{.body = 10}, true};
  REQUIRE(reader.feed("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"));
  CHECK(reader.is_complete());
  CHECK(reader.take_body().empty());
}

TEST_CASE("the body of a stream can be taken as it comes") {
  ResponseReader reader{WireLimits{.body = std::nullopt}, false};
  REQUIRE(reader.feed("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"));
  CHECK(reader.has_header());
  CHECK(reader.take_body() == "abc");
  REQUIRE(reader.feed("2\r\nde\r\n"));
  CHECK(reader.take_body() == "de");
  CHECK_FALSE(reader.is_complete());
}

TEST_CASE("header limits hold for one long line and for many short ones") {
  for (const std::string& flood :
       {std::string(5000, 'a'), "HTTP/1.1 200 OK\r\nA: " + std::string(5000, 'b'),
        "HTTP/1.1 200 OK\r\n" + [] {
          std::string lines{};
          for (int i{0}; i < 1000; ++i) lines += "A: b\r\n";
          return lines;
        }()}) {
    ResponseReader reader{WireLimits{.header = 1024}, false};
    const auto fed = reader.feed(flood);
    REQUIRE_FALSE(fed);
    CHECK((fed.error().code == Errc::too_large || fed.error().code == Errc::malformed));
  }
}

TEST_CASE("requests come out one after the other, whole") {
  RequestReader reader{WireLimits{}};
  REQUIRE(
      reader.feed("POST /a HTTP/1.1\r\nContent-Length: 3\r\n\r\nabcGET /b HTTP/1.1\r\n\r\nGET"));
  REQUIRE(reader.is_complete());
  const auto first = reader.take();
  CHECK(first.method == "POST");
  CHECK(first.url.target == "/a");
  CHECK(first.body == "abc");
  CHECK(reader.wants_keep_alive());
  REQUIRE(reader.is_complete());
  CHECK(reader.take().url.target == "/b");
  CHECK_FALSE(reader.is_complete());
  CHECK(reader.has_begun());
}

TEST_CASE("garbage behind a request lets that request be answered and ends the connection") {
  RequestReader reader{WireLimits{}};
  REQUIRE(reader.feed("GET /a HTTP/1.1\r\n\r\n\x01\x02\x03 garbage\r\n\r\n"));
  REQUIRE(reader.is_complete());
  CHECK(reader.take().url.target == "/a");
  CHECK_FALSE(reader.wants_keep_alive());
}

TEST_CASE("a client that waits for 100 Continue is answered once") {
  RequestReader reader{WireLimits{}};
  REQUIRE(reader.feed("POST / HTTP/1.1\r\nExpect: 100-Continue\r\nContent-Length: 3\r\n\r\n"));
  CHECK(reader.takes_continue());
  CHECK_FALSE(reader.takes_continue());
}

TEST_CASE("what we write ourselves can be read again") {
  io::HttpRequest request{};
  request.method = "PUT";
  request.url = *io::parse_url("http://[::1]:8080/x?y=z");
  request.headers.set("A", "b");
  request.body = "body";
  RequestReader requests{WireLimits{}};
  REQUIRE(requests.feed(*io::request_bytes(request, "test")));
  REQUIRE(requests.is_complete());
  const auto read = requests.take();
  CHECK(read.url.target == "/x?y=z");
  CHECK(read.headers.find("Host") == "[::1]:8080");
  CHECK(read.headers.find("A") == "b");
  CHECK(read.body == "body");

  ResponseReader responses{WireLimits{}, false};
  const io::HttpResponse response{.status = 418, .headers = {{"C", "d"}}, .body = "tea"};
  REQUIRE(responses.feed(*io::response_bytes(response, io::BodyForm::whole, true)));
  REQUIRE(responses.is_complete());
  CHECK(responses.head().status == 418);
  CHECK(responses.take_body() == "tea");
}

TEST_CASE("the usual port is left out of the Host field") {
  const auto host = [](std::string_view url) {
    io::HttpRequest request{};
    request.url = *io::parse_url(url);
    const std::string bytes{*io::request_bytes(request, "t")};
    const std::size_t begin{bytes.find("Host: ") + 6};
    return bytes.substr(begin, bytes.find("\r\n", begin) - begin);
  };
  CHECK(host("http://h") == "h");
  CHECK(host("https://h") == "h");
  CHECK(host("https://h:80") == "h:80");
  CHECK(host("unix:/s") == "localhost");
}

}  // namespace spillway::http_wire_test
