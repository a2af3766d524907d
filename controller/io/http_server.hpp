// The one HTTP/1.1 server, for the API, the metrics page, service discovery and the dashboard:
// plain or TLS, keep-alive, limits on everything, server-sent events, upgrades. No routing here:
// the handler gets every request. A fault in one connection ends that connection only. One thread:
// the one that runs the io_context.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "controller/core/error.hpp"
#include "controller/io/clock.hpp"
#include "controller/io/deadline.hpp"
#include "controller/io/event_stream.hpp"
#include "controller/io/http.hpp"
#include "controller/io/tls.hpp"

namespace spillway::io {

class Upgrade;

/// What a handler returns: a whole response, one whose body is a live stream, or another protocol.
struct HttpReply {
  HttpReply(HttpResponse whole) : response{std::move(whole)} {}  // NOLINT: a response is a reply
  HttpReply(HttpResponse head, std::shared_ptr<LiveBody> live)
      : response{std::move(head)}, events{std::move(live)} {}
  /// Answers 101 with the head's fields and the name of what the connection becomes.
  HttpReply(HttpResponse head, std::shared_ptr<Upgrade> becomes, std::string protocol)
      : response{std::move(head)}, upgrade{std::move(becomes)}, upgraded_to{std::move(protocol)} {}

  HttpResponse response;
  std::shared_ptr<LiveBody> events{};  ///< if set, sent chunk by chunk until it is closed
  std::shared_ptr<Upgrade> upgrade{};  ///< if set, gets the connection after the answer
  std::string upgraded_to{};           ///< what the field `Upgrade` says
};

/// Called for each request. HEAD arrives as GET and its body is not sent. An exception that leaves
/// it is logged and answered with 500.
using HttpHandler = std::function<boost::asio::awaitable<HttpReply>(HttpRequest)>;

struct HttpServerOptions {
  std::string host{"127.0.0.1"};  ///< an address, or a name with one; `unix:/PATH` for a socket
  std::uint16_t port{0};          ///< 0 = any free one, see `HttpServer::port()`
  std::optional<TlsServerOptions> tls{};
  /// With `tls->client_ca_pem`: common names that a client's certificate may have; empty: any.
  std::vector<std::string> client_names{};
  std::size_t connections_max{256};                    ///< one more is answered with 503 and closed
  std::size_t header_limit{16 * 1024};                 ///< bytes; beyond: 431
  std::size_t body_limit{1024 * 1024};                 ///< bytes; beyond: 413
  Duration idle_timeout{std::chrono::seconds{60}};     ///< between requests; then closed silently
  Duration request_timeout{std::chrono::seconds{15}};  ///< first to last byte; beyond: 408
  Duration handler_timeout{std::chrono::seconds{30}};  ///< beyond: 503
  Duration write_timeout{std::chrono::seconds{15}};    ///< a client that does not read is dropped
  Duration heartbeat{std::chrono::seconds{15}};        ///< of an event stream without events
};

class HttpServer {
 public:
  virtual ~HttpServer() = default;

  /// The port it listens on; 0 for a UNIX-domain socket.
  virtual std::uint16_t port() const = 0;

  /// What new connections are shown, and what is asked of them; open ones keep theirs. Errors:
  /// `bad_request` for PEM that cannot be used and for a server without TLS; then all stays as it
  /// was.
  virtual Result<void> renew_tls(const TlsServerOptions& tls) = 0;

  /// Accepts no more, closes idle connections and event streams, lets requests in flight finish
  /// until `deadline`, then cuts them off. Returns when no connection is left. Idempotent.
  virtual boost::asio::awaitable<void> stop(Deadline deadline) = 0;
};

/// Listens at once: when this returns, connections are queued by the kernel. Errors: `bad_request`
/// for an address or certificate that cannot be used, `unavailable` for one already in use.
/// `context` and `clock` must outlive the server; `stop` must have returned before it is destroyed,
/// unless the io_context does not run any more.
Result<std::unique_ptr<HttpServer>> start_http_server(boost::asio::io_context& context,
                                                      Clock& clock, HttpServerOptions options,
                                                      HttpHandler handler);

}  // namespace spillway::io
