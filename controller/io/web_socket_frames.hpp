// WebSocket messages (RFC 6455) from and to bytes, without any socket, for both ends: bytes are fed
// in as they arrive, messages come out. No extensions: none is ever agreed on. Everything a foreign
// peer can send wrong is refused here, with limits. The handshake is HTTP and the callers' own.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/core/error.hpp"

namespace spillway::io {

/// What a client masks its frames with; servers do not mask theirs.
using WebSocketMask = std::array<char, 4>;

struct WebSocketMessage {
  enum class Kind { text, binary, ping, pong, close };

  Kind kind{Kind::binary};
  std::string bytes{};  ///< `close`: its status in two bytes and the reason; may be empty

  bool operator==(const WebSocketMessage&) const = default;
};

enum class WebSocketEnd { client, server };

class WebSocketReader {
 public:
  /// `ours` is the end that reads. `message_max` limits one message, all its frames together.
  WebSocketReader(WebSocketEnd ours, std::size_t message_max)
      : ours_{ours}, message_max_{message_max} {}

  /// The messages that `bytes` completes. Errors: `malformed`, `too_large`; the reader is of no use
  /// afterwards. What comes after a `close` is ignored, as the RFC has it.
  Result<std::vector<WebSocketMessage>> feed(std::string_view bytes);

 private:
  struct Frame {
    bool is_last{true};
    unsigned opcode{0};
    std::string payload{};
  };

  Result<std::optional<Frame>> next_frame();
  Result<std::optional<WebSocketMessage>> take(Frame frame);

  WebSocketEnd ours_;
  std::size_t message_max_;
  std::string pending_{};
  std::optional<WebSocketMessage> partial_{};  ///< of a message in several frames
  bool is_closed_{false};
};

/// The message as one frame. A client passes a mask of chance (RFC 6455, section 10.3).
std::string web_socket_frame(const WebSocketMessage& message,
                             const std::optional<WebSocketMask>& mask = std::nullopt);

/// The message that ends a WebSocket: 1000 is a normal end.
WebSocketMessage web_socket_close(std::uint16_t status, std::string_view reason = {});

/// What a server answers to this `Sec-WebSocket-Key`.
std::string web_socket_accept(std::string_view key);

}  // namespace spillway::io
