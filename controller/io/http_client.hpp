// The one HTTP/1.1 client: plain, TLS and UNIX sockets, connections kept alive per origin, limits
// on everything. It follows no redirects, asks for no compression, keeps no cookies and ignores the
// proxy variables of the environment: an adapter talks to exactly the server that is configured.
// One thread: all calls and coroutines on the thread that runs the io_context.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "controller/core/error.hpp"
#include "controller/io/clock.hpp"
#include "controller/io/deadline.hpp"
#include "controller/io/http.hpp"
#include "controller/io/tls.hpp"

namespace spillway::io {

/// Takes what has arrived of a streamed body, in pieces of any size; false ends the stream, which
/// is no error. Must return at once. `LineSplitter` makes lines of the pieces.
using BodySink = std::function<bool(std::string_view)>;

/// The seam adapters are tested at.
class HttpClient {
 public:
  virtual ~HttpClient() = default;

  /// Sends `request` and returns the whole response, whatever its status: what a status means is
  /// the caller's business (`error_of_status` has the usual table). A request is sent once; only an
  /// idempotent one is repeated, once, when a kept connection turns out to be closed.
  /// A request header `Connection: close` asks for a connection of its own.
  /// Errors, with method, origin and path (never the query) in the context: `timeout`;
  /// `unavailable` (no name, refused, reset, closed in mid-answer, or too many requests waiting for
  /// this origin); `malformed` (not HTTP, or TLS that cannot be trusted); `denied` (the server's
  /// TLS wants another client certificate); `too_large`; `bad_request` (a method or header field
  /// with illegal characters); `cancelled`.
  virtual boost::asio::awaitable<Result<HttpResponse>> send(HttpRequest request,
                                                            Deadline deadline) = 0;

  /// Sends `request` and hands the body of a 2xx answer to `sink` as it arrives: for watches and
  /// event streams, which may last for hours. An empty piece says that the answer has begun. Takes
  /// a connection of its own beside those that `send` shares, and closes it at the end. The answer
  /// comes when the stream has ended, by the other side or by the sink, and has no body. Any other
  /// status is collected up to the limit and returned as by `send`; the sink is not called then.
  /// Nothing is ever repeated. `silence` is the longest wait for the next byte, also for the first.
  /// Errors: those of `send`; `timeout` also for silence; `unavailable` if the connection breaks in
  /// the middle. The default is for doubles: it sends, and hands the whole body over at once.
  virtual boost::asio::awaitable<Result<HttpResponse>> stream(HttpRequest request, BodySink sink,
                                                              Duration silence, Deadline deadline);
};

struct HttpClientOptions {
  TlsClientOptions tls{};
  Duration connect_timeout{std::chrono::seconds{5}};  ///< name, TCP and TLS together
  Duration idle_limit{std::chrono::seconds{30}};  ///< a kept connection older than this is closed
  std::size_t connections_per_origin{16};
  std::size_t waiting_per_origin{1024};     ///< requests queued for a connection; more are refused
  std::size_t header_limit{64 * 1024};      ///< bytes of a response's header
  std::size_t body_limit{8 * 1024 * 1024};  ///< bytes of a response's body
  std::string user_agent{};                 ///< empty = spillway/VERSION
};

/// Error: `bad_request` for certificates or keys that cannot be read, saying which.
/// `context` and `clock` must outlive the client; the client must outlive its coroutines.
Result<std::unique_ptr<HttpClient>> make_http_client(boost::asio::io_context& context, Clock& clock,
                                                     HttpClientOptions options = {});

}  // namespace spillway::io
