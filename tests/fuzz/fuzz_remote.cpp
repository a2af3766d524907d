// What clients of exec and attach send: SPDY and WebSocket channels, whole and in two pieces, which
// must read the same; and what a terminal answers to a typed command.

#include <string>
#include <vector>

#include "controller/core/error.hpp"
#include "controller/io/web_socket_frames.hpp"
#include "controller/virtual_node/remote/remote_wire.hpp"
#include "controller/virtual_node/remote/spdy_frames.hpp"
#include "controller/virtual_node/remote/typed_command.hpp"
#include "tests/fuzz/input.hpp"

namespace spillway::fuzz_remote {

namespace {

using namespace spillway;
using namespace spillway::virtual_node;

struct Heard {
  bool is_refused{false};
  std::vector<RemoteEvent> events{};

  bool operator==(const Heard&) const = default;
};

Heard hear(RemoteWire& wire, std::string_view first, std::string_view second) {
  if (!wire.feed(first) || !wire.feed(second)) return {.is_refused = true};
  Heard heard{};
  while (auto event = wire.next_event()) heard.events.push_back(std::move(*event));
  wire.finish({});
  SPILLWAY_ASSERT(wire.take_bytes().size() < 4'000'000);
  return heard;
}

}  // namespace

SPILLWAY_FUZZ_TARGET(remote, data, size) {
  const std::string_view bytes{fuzz::text(data, size)};
  const std::string_view head{bytes.substr(0, size / 2)};
  const std::string_view tail{bytes.substr(size / 2)};
  constexpr RemoteStreams streams{.has_input = true, .has_output = true, .has_terminal = true};
  for (const int version : {1, 4, 5}) {
    const auto whole = make_channel_wire(streams, version);
    const auto parts = make_channel_wire(streams, version);
    SPILLWAY_ASSERT(hear(*whole, bytes, {}) == hear(*parts, head, tail));
  }
  const auto whole = make_spdy_wire(streams, 4);
  const auto parts = make_spdy_wire(streams, 4);
  SPILLWAY_ASSERT(hear(*whole, bytes, {}) == hear(*parts, head, tail));

  io::WebSocketReader client{io::WebSocketEnd::client, 1000};
  if (const auto messages = client.feed(bytes)) {
    for (const auto& each : *messages) SPILLWAY_ASSERT(each.bytes.size() <= 1000);
  }
  TypedCommand typed{{.command = {std::string{bytes.substr(0, 100)}}, .nonce = "n"}};
  const std::string once{typed.output(bytes)};
  TypedCommand again{{.command = {"x"}, .nonce = "n"}};
  std::string twice{again.output(head)};
  twice += again.output(tail);
  SPILLWAY_ASSERT(once == twice && once.size() <= size);
  if (const auto line = typed.first_line())
    SPILLWAY_ASSERT(line->find('\x1e') == std::string::npos);
  return 0;
}

}  // namespace spillway::fuzz_remote
