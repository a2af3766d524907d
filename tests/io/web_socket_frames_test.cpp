// WebSocket frames: the RFC's own examples, every way to cut them, and what is refused.
#include "controller/io/web_socket_frames.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/support/printing.hpp"

namespace spillway::web_socket_frames_test {

using io::WebSocketEnd;
using io::WebSocketMessage;
using io::WebSocketReader;
using Kind = io::WebSocketMessage::Kind;

namespace {

std::string bytes(std::initializer_list<int> values) {
  std::string text{};
  for (const int value : values) text += static_cast<char>(static_cast<unsigned char>(value));
  return text;
}

}  // namespace

TEST_CASE("the examples of RFC 6455, section 5.7, and of its handshake") {
  WebSocketReader at_client{WebSocketEnd::client, 1024};
  WebSocketReader at_server{WebSocketEnd::server, 1024};
  const std::string hello{bytes({0x81, 0x05}) + "Hello"};
  CHECK(at_client.feed(hello).value() == std::vector{WebSocketMessage{Kind::text, "Hello"}});
  const std::string masked{
      bytes({0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58})};
  CHECK(at_server.feed(masked).value() == std::vector{WebSocketMessage{Kind::text, "Hello"}});
  const io::WebSocketMask mask{'\x37', '\xfa', '\x21', '\x3d'};
  CHECK(io::web_socket_frame({Kind::text, "Hello"}, mask) == masked);
  CHECK(io::web_socket_frame({Kind::text, "Hello"}) == hello);
  const std::string in_parts{bytes({0x01, 0x03}) + "Hel" + bytes({0x89, 0x01}) + "!" +
                             bytes({0x80, 0x02}) + "lo"};
  CHECK(at_client.feed(in_parts).value() ==
        std::vector{WebSocketMessage{Kind::ping, "!"}, WebSocketMessage{Kind::text, "Hello"}});
  CHECK(io::web_socket_accept("dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

TEST_CASE("messages of every length class come through, however their bytes are cut") {
  for (const std::size_t size : {0U, 1U, 125U, 126U, 65535U, 65536U, 70000U}) {
    for (const std::size_t step : {std::size_t{1}, std::size_t{4096}, size + 20}) {
      CAPTURE(size);
      CAPTURE(step);
      if (step == 1 && size > 200) continue;
      const WebSocketMessage message{Kind::binary, std::string(size, 'x')};
      const std::string frame{io::web_socket_frame(message, io::WebSocketMask{'a', 'b', 'c', 'd'})};
      WebSocketReader reader{WebSocketEnd::server, 100'000};
      std::vector<WebSocketMessage> got{};
      for (std::size_t at{0}; at < frame.size(); at += step) {
        for (auto& each : reader.feed(std::string_view{frame}.substr(at, step)).value()) {
          got.push_back(std::move(each));
        }
      }
      CHECK(got == std::vector{message});
    }
  }
}

TEST_CASE("what breaks the protocol or a limit ends the WebSocket") {
  struct Row {
    std::string name;
    std::string sent;
    Errc code;
  };
  const std::vector<Row> rows{
      {"a masked frame of a server", bytes({0x81, 0x80, 1, 2, 3, 4}), Errc::malformed},
      {"a reserved bit", bytes({0xC1, 0x00}), Errc::malformed},
      {"an unknown kind", bytes({0x83, 0x00}), Errc::malformed},
      {"a continuation of nothing", bytes({0x80, 0x00}), Errc::malformed},
      {"a message in a message", bytes({0x01, 0x00, 0x01, 0x00}), Errc::malformed},
      {"a ping in parts", bytes({0x09, 0x00}), Errc::malformed},
      {"a long ping", bytes({0x89, 126, 0, 126}), Errc::malformed},
      {"a huge message, before its bytes", bytes({0x82, 127, 0x7f, 0, 0, 0, 0, 0, 0, 0}),
       Errc::too_large},
      {"parts that are too much together", bytes({0x02, 3}) + "abc" + bytes({0x80, 3}) + "def",
       Errc::too_large},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    WebSocketReader reader{WebSocketEnd::client, 5};
    const auto got = reader.feed(row.sent);
    REQUIRE_FALSE(got);
    CHECK(got.error().code == row.code);
  }
  WebSocketReader server{WebSocketEnd::server, 5};
  CHECK_FALSE(server.feed(bytes({0x82, 0x00})));  // a client's frames are masked
}

TEST_CASE("after a close nothing is read any more") {
  WebSocketReader reader{WebSocketEnd::client, 100};
  const std::string goodbye{io::web_socket_frame(io::web_socket_close(1000, "done"))};
  const auto got = reader.feed(goodbye + bytes({0xFF, 0xFF}));
  REQUIRE(got);
  CHECK(*got == std::vector{WebSocketMessage{Kind::close, bytes({0x03, 0xE8}) + "done"}});
  CHECK(reader.feed("garbage").value().empty());
}

}  // namespace spillway::web_socket_frames_test
