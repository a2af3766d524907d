// The client's end of a WebSocket (RFC 6455): opened by an HTTP request of its own, over plain TCP
// or TLS. Answers pings by itself. No extensions, no redirects, no proxies. One thread: the one
// that runs the io_context.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <optional>
#include <string>

#include "controller/core/error.hpp"
#include "controller/io/clock.hpp"
#include "controller/io/deadline.hpp"
#include "controller/io/http.hpp"
#include "controller/io/random.hpp"
#include "controller/io/tls.hpp"

namespace spillway::io {

class WebSocket {
 public:
  virtual ~WebSocket() = default;

  /// The next message, text or binary; nothing once the other side has closed in order. Errors:
  /// `unavailable` (cut off, or closed for another reason than a normal end), `malformed`,
  /// `too_large`, `cancelled`.
  virtual boost::asio::awaitable<Result<std::optional<std::string>>> read() = 0;

  /// A binary message. May overlap with `read`. Errors: `unavailable`, `cancelled`.
  virtual boost::asio::awaitable<Result<void>> write(std::string message) = 0;

  /// The same as a text message.
  virtual boost::asio::awaitable<Result<void>> write_text(std::string message) = 0;

  /// Closes at once; what is under way ends with `cancelled`. Idempotent.
  virtual void close() = 0;
};

/// The seam adapters are tested at.
class WebSocketClient {
 public:
  virtual ~WebSocketClient() = default;

  /// `url` is http or https, as ws and wss are otherwise called. Errors: `unavailable`, `timeout`,
  /// `malformed` (no WebSocket, or TLS that cannot be trusted), `cancelled`; what another status
  /// than 101 means by `error_of_status`.
  virtual boost::asio::awaitable<Result<std::unique_ptr<WebSocket>>> open(Url url, Headers headers,
                                                                          Deadline deadline) = 0;
};

/// Error: `bad_request` for certificates that cannot be read. All must outlive the client and its
/// sockets.
Result<std::unique_ptr<WebSocketClient>> make_web_socket_client(Clock& clock, Random& random,
                                                                const TlsClientOptions& tls);

}  // namespace spillway::io
