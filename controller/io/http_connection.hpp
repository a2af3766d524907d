// One connection of the HTTP server: reads requests, calls the handler, writes replies, until one
// side has had enough. Internal to io; http_server.cpp owns the listening and the stopping.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <vector>

#include "controller/io/http_server.hpp"
#include "controller/io/http_wire.hpp"
#include "controller/io/stream.hpp"
#include "controller/io/upgrade.hpp"

namespace spillway::io {

class HttpConnection {
 public:
  /// The arguments must outlive the connection.
  HttpConnection(Clock& clock, const HttpServerOptions& options, const HttpHandler& handler);

  /// Serves until the connection ends. `tls` may be null.
  boost::asio::awaitable<void> serve(Socket socket, std::shared_ptr<TlsContext> tls);

  /// Answers 503 to whatever comes, once.
  boost::asio::awaitable<void> refuse(Socket socket);

  /// Ends after the request in flight: at once if there is none, event streams too.
  void finish();

 private:
  /// What to do after a step: go on, answer with a status and close, or just close.
  struct Verdict {
    bool goes_on{true};
    int status{0};
  };

  boost::asio::awaitable<bool> serve_one();
  boost::asio::awaitable<Verdict> read_request();
  boost::asio::awaitable<Result<void>> read_more(Deadline deadline);
  boost::asio::awaitable<HttpReply> call_handler(HttpRequest request);
  boost::asio::awaitable<bool> write_events(HttpReply reply, bool is_head);
  boost::asio::awaitable<void> hand_over(HttpReply reply);
  boost::asio::awaitable<bool> write(std::string bytes);
  boost::asio::awaitable<void> answer_and_close(int status);
  bool keeps_alive() const;

  Clock& clock_;
  const HttpServerOptions& options_;
  const HttpHandler& handler_;
  RequestReader reader_;
  std::vector<char> buffer_;
  std::unique_ptr<ByteStream> stream_{};
  std::shared_ptr<LiveBody> events_{};
  std::shared_ptr<Upgrade> upgrade_{};
  bool is_idle_{true};  // no request has begun
  bool is_finishing_{false};
};

}  // namespace spillway::io
