// Web servers in the test's own thread, that real balancers send requests to.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <optional>
#include <string>

#include "controller/io/http_server.hpp"
#include "tests/support/real_time.hpp"

namespace spillway::testing {

/// Answers every request with its own name; a request for /held is answered once it is released.
class WebServer {
 public:
  /// Plain, unless `tls` is given.
  WebServer(RealTime& time, std::string name, std::optional<io::TlsServerOptions> tls = {});

  const std::string& name() const { return name_; }
  int port() const { return server_->port(); }
  int requests() const { return requests_; }
  int held() const { return held_; }
  void release() { gate_.cancel(); }

 private:
  boost::asio::awaitable<io::HttpReply> handle(io::HttpRequest request);

  std::string name_;
  boost::asio::steady_timer gate_;
  std::unique_ptr<io::HttpServer> server_;
  int requests_{0};
  int held_{0};
};

}  // namespace spillway::testing
