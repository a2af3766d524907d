// The two protocols of exec and attach as dialogues: what a client sends, what it hears, and how a
// command that has ended looks in each.
#include "controller/virtual_node/remote/remote_wire.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "controller/io/web_socket_frames.hpp"
#include "controller/virtual_node/remote/spdy_frames.hpp"
#include "tests/support/printing.hpp"

namespace spillway::remote_wire_test {

using namespace spillway::virtual_node;
using Kind = RemoteEvent::Kind;

namespace {

io::HttpRequest asking(std::initializer_list<std::pair<std::string, std::string>> headers) {
  io::HttpRequest request{};
  request.headers = headers;
  return request;
}

/// kubectl's side of SPDY.
struct SpdyClient {
  explicit SpdyClient(RemoteStreams streams, int version = 4)
      : wire{make_spdy_wire(streams, version)} {}

  void send(const spdy::Frame& frame) { REQUIRE(wire->feed(writer.bytes(frame))); }
  void open(spdy::StreamId id, const std::string& name) {
    send(spdy::SynStream{id, false, {{"streamType", name}}});
  }
  std::vector<spdy::Frame> heard() { return reader.feed(wire->take_bytes()).value(); }
  std::vector<RemoteEvent> events() {
    std::vector<RemoteEvent> all{};
    while (auto event = wire->next_event()) all.push_back(std::move(*event));
    return all;
  }

  std::unique_ptr<RemoteWire> wire;
  spdy::FrameWriter writer{};
  spdy::FrameReader reader{};
};

constexpr RemoteStreams plain{.has_input = true, .has_output = true, .has_error = true};
constexpr RemoteStreams terminal{.has_input = true, .has_output = true, .has_terminal = true};

struct SocketClient {
  explicit SocketClient(RemoteStreams streams, int version = 5)
      : wire{make_channel_wire(streams, version)} {}

  void send(std::string bytes) {
    const io::WebSocketMessage message{io::WebSocketMessage::Kind::binary, std::move(bytes)};
    REQUIRE(wire->feed(io::web_socket_frame(message, io::WebSocketMask{'m', 'a', 's', 'k'})));
  }
  std::vector<std::string> heard() {
    std::vector<std::string> all{};
    for (auto& each : reader.feed(wire->take_bytes()).value()) all.push_back(each.bytes);
    return all;
  }

  std::unique_ptr<RemoteWire> wire;
  io::WebSocketReader reader{io::WebSocketEnd::client, 1 << 20};
};

std::string text(std::string_view with_zeros) {
  return std::string{with_zeros};
}

}  // namespace

TEST_CASE("a client's offers are answered with the first that we speak") {
  const auto agreement = agree(asking({{"Upgrade", "SPDY/3.1"},
                                       {"X-Stream-Protocol-Version", "v9.channel.k8s.io"},
                                       {"X-Stream-Protocol-Version", "v4.channel.k8s.io"},
                                       {"X-Stream-Protocol-Version", "channel.k8s.io"}}),
                               plain);
  REQUIRE(agreement.wire);
  CHECK(agreement.protocol == "SPDY/3.1");
  CHECK(agreement.headers.find("X-Stream-Protocol-Version") == "v4.channel.k8s.io");
  const auto socket = agree(asking({{"Upgrade", "WebSocket"},
                                    {"Sec-WebSocket-Version", "13"},
                                    {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="},
                                    {"Sec-WebSocket-Protocol", "v5.channel.k8s.io, x"}}),
                            plain);
  REQUIRE(socket.wire);
  CHECK(socket.headers.find("Sec-WebSocket-Protocol") == "v5.channel.k8s.io");
  CHECK(socket.headers.find("Sec-WebSocket-Accept") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

TEST_CASE("what we do not speak is refused in words, before the protocol changes") {
  CHECK_FALSE(agree(asking({}), plain).wire);
  CHECK_FALSE(agree(asking({{"Upgrade", "h2c"}}), plain).wire);
  const auto spdy = agree(
      asking({{"Upgrade", "SPDY/3.1"}, {"X-Stream-Protocol-Version", "v9.channel.k8s.io"}}), plain);
  CHECK_FALSE(spdy.wire);
  CHECK(spdy.status == 403);
  CHECK(spdy.refusal.find("v4.channel.k8s.io") != std::string::npos);
  const auto tunnel = agree(asking({{"Upgrade", "websocket"},
                                    {"Sec-WebSocket-Version", "13"},
                                    {"Sec-WebSocket-Key", "x"},
                                    {"Sec-WebSocket-Protocol", "SPDY/3.1+portforward.k8s.io"}}),
                            plain);
  CHECK_FALSE(tunnel.wire);
}

TEST_CASE("over SPDY a command's streams are opened, spoken on, and ended with the status") {
  SpdyClient client{plain};
  client.open(1, "error");
  client.open(3, "stdin");
  client.open(5, "stdout");
  CHECK_FALSE(client.wire->is_open());
  client.open(7, "stderr");
  CHECK(client.wire->is_open());
  CHECK(client.heard().size() == 4);  // each is answered
  client.send(spdy::Data{3, false, "typed"});
  client.send(spdy::Data{3, true, ""});
  client.send(spdy::Data{3, false, "after the end"});
  CHECK(client.events() == std::vector<RemoteEvent>{{Kind::input, "typed"}, {Kind::input_ended}});
  client.send(spdy::Ping{1});
  CHECK((client.heard() == std::vector<spdy::Frame>{spdy::Ping{1}}));
  client.wire->write("out");
  client.wire->finish({.exit_code = 3});
  const std::string status{
      R"({"metadata":{},"status":"Failure","message":"command terminated with exit code 3",)"
      R"("reason":"NonZeroExitCode","details":{"causes":[{"reason":"ExitCode","message":"3"}]}})"};
  CHECK((client.heard() ==
         std::vector<spdy::Frame>{spdy::Data{5, false, "out"}, spdy::Data{5, true, ""},
                                  spdy::Data{7, true, ""}, spdy::Data{1, true, status},
                                  spdy::GoAway{7, 0}}));
}

TEST_CASE("over SPDY the size of a terminal comes in pieces, and odd streams are reset") {
  SpdyClient client{terminal};
  client.open(1, "error");
  client.open(3, "stdin");
  client.open(5, "stdout");
  client.open(7, "stderr");  // not with a terminal
  client.open(9, "resize");
  client.open(9, "stdin");    // an id once more
  client.open(11, "stdout");  // a name once more
  CHECK(client.wire->is_open());
  const auto heard = client.heard();
  REQUIRE(heard.size() == 7);
  CHECK((heard[3] == spdy::Frame{spdy::RstStream{7, spdy::refused_stream}}));
  CHECK((heard[5] == spdy::Frame{spdy::RstStream{9, spdy::protocol_error}}));
  CHECK((heard[6] == spdy::Frame{spdy::RstStream{11, spdy::refused_stream}}));
  client.send(spdy::Data{9, false, "{\"Width\":120,"});
  CHECK(client.events().empty());
  client.send(spdy::Data{9, false, "\"Height\":40}\n{\"Width\":0,\"Height\":1}"});
  CHECK(client.events() == std::vector<RemoteEvent>{{Kind::resized, "", 40, 120}});
}

TEST_CASE("older clients read plain words, and no resize stream is waited for") {
  SpdyClient client{terminal, 1};
  client.open(1, "error");
  client.open(3, "stdin");
  client.open(5, "stdout");
  CHECK(client.wire->is_open());
  CHECK(client.heard().size() == 3);
  client.wire->finish({.failure = "broken"});
  const auto heard = client.heard();
  CHECK((heard[1] == spdy::Frame{spdy::Data{1, true, "broken"}}));
  CHECK(status_text({}, false).empty());
}

TEST_CASE("over WebSocket each message says by its first byte what it is") {
  SocketClient client{plain};
  CHECK(client.wire->is_open());
  client.send(text(std::string_view{"\0typed", 6}));
  client.send(text(std::string_view{"\xff\0", 2}));
  client.send(text(std::string_view{"\0after the end", 14}));
  client.send("");
  client.send("\x09?");
  CHECK(client.wire->next_event() == RemoteEvent{Kind::input, "typed"});
  CHECK(client.wire->next_event() == RemoteEvent{Kind::input_ended});
  CHECK_FALSE(client.wire->next_event());
  client.wire->write("out");
  client.wire->finish({});
  const auto heard = client.heard();
  REQUIRE(heard.size() == 3);
  CHECK(heard[0] == "\x01out");
  CHECK(heard[1] == "\x03{\"metadata\":{},\"status\":\"Success\"}");
  CHECK(heard[2] == "\x03\xe8");  // 1000, a normal end
}

TEST_CASE("before the fifth version 255 is nothing, and a terminal is resized by channel 4") {
  SocketClient client{terminal, 4};
  client.send(text(std::string_view{"\xff\0", 2}));
  client.send("\x04{\"Width\":100,\"Height\":30}");
  CHECK(client.wire->next_event() == RemoteEvent{Kind::resized, "", 30, 100});
  CHECK_FALSE(client.wire->next_event());
}

TEST_CASE("a client that sends more than anybody takes is cut off") {
  SpdyClient client{plain};
  client.open(1, "error");
  client.open(3, "stdin");
  const std::string frame{client.writer.bytes(spdy::Data{3, false, std::string(32 * 1024, 'x')})};
  Result<void> fed{};
  for (int i{0}; i < 40 && fed; ++i) fed = client.wire->feed(frame);
  REQUIRE_FALSE(fed);
  CHECK(fed.error().code == Errc::too_large);
}

}  // namespace spillway::remote_wire_test
