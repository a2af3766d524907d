// Bytes over TCP, a UNIX-domain socket, or TLS on top of either, behind one interface, so that the
// templates of sockets and TLS are instantiated in stream.cpp only. Internal to io: no deadlines
// here, callers wrap whole conversations in `with_deadline`.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "controller/core/error.hpp"
#include "controller/io/endpoint.hpp"
#include "controller/io/tls.hpp"

namespace spillway::io {

/// A TCP or UNIX-domain socket.
using Socket = boost::asio::generic::stream_protocol::socket;

class ByteStream {
 public:
  virtual ~ByteStream() = default;

  /// At least one byte into `space`; 0 when the other side has ended its stream in good order.
  /// Errors: `unavailable` (reset, or TLS cut off), `denied` (TLS: our certificate is refused),
  /// `malformed` (TLS), `cancelled`.
  virtual boost::asio::awaitable<Result<std::size_t>> read_some(std::span<char> space) = 0;

  /// All of `bytes`, which must stay valid. Errors as above.
  virtual boost::asio::awaitable<Result<void>> write_all(std::string_view bytes) = 0;

  /// True if nothing has arrived and the other side has not closed: fit to be used again.
  virtual bool is_quiet() = 0;

  /// Tells the other side that nothing more will come; reading goes on. TLS has no such half: there
  /// it does nothing.
  virtual void end_output() = 0;

  /// Tells the other side that nothing more will come, and discards what arrives until it closes,
  /// too: closing at once could make its kernel drop what we sent last. Then closes.
  virtual boost::asio::awaitable<Result<void>> close_politely() = 0;

  /// Ends a read or write in progress with `cancelled`. Idempotent.
  virtual void close() = 0;
};

using StreamResult = Result<std::unique_ptr<ByteStream>>;

/// Errors: `unavailable` (no name, refused, unreachable), `denied` (permissions of a UNIX-domain
/// socket), `cancelled`. A name's addresses are tried one after the other.
boost::asio::awaitable<StreamResult> connect_plain(Endpoint endpoint);

/// `host` is the name the certificate has to be for, and the name asked for (SNI). Errors: those of
/// `connect_plain`; `malformed` if the other side does not speak TLS or cannot be trusted.
boost::asio::awaitable<StreamResult> connect_tls(Endpoint endpoint,
                                                 std::shared_ptr<TlsContext> context,
                                                 std::string host);

std::unique_ptr<ByteStream> plain_stream(Socket accepted);

/// The server's side of the handshake. Errors: `malformed`, `unavailable`, `cancelled`.
boost::asio::awaitable<StreamResult> accept_tls(Socket accepted,
                                                std::shared_ptr<TlsContext> context);

}  // namespace spillway::io
