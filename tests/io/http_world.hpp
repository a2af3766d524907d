// What the HTTP tests share: an io_context, time that stands still, a client, short ways to ask.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "controller/io/http_client.hpp"
#include "controller/io/http_server.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/printing.hpp"

namespace spillway::testing {

inline io::HttpRequest get(std::uint16_t port, std::string target = "/",
                           std::string scheme = "http", std::string host = "127.0.0.1") {
  io::HttpRequest request{};
  request.url = {.scheme = std::move(scheme),
                 .host = std::move(host),
                 .port = port,
                 .target = std::move(target)};
  return request;
}

struct HttpWorld {
  boost::asio::io_context context{};
  ManualClock clock{context};

  std::unique_ptr<io::HttpClient> client(io::HttpClientOptions options = {}) {
    auto made = io::make_http_client(context, clock, std::move(options));
    REQUIRE(made);
    return std::move(*made);
  }

  std::unique_ptr<io::HttpServer> server(io::HttpHandler handler,
                                         io::HttpServerOptions options = {}) {
    auto started = io::start_http_server(context, clock, std::move(options), std::move(handler));
    REQUIRE(started);
    return std::move(*started);
  }

  /// The answer to `request`, over real sockets, while time stands still.
  Result<io::HttpResponse> send(io::HttpClient& client, io::HttpRequest request) {
    return clock.run_still(client.send(std::move(request), in(std::chrono::seconds{60})));
  }

  io::Deadline in(Duration allowed) const { return io::deadline_after(clock, allowed); }

  void stop(io::HttpServer& server) { clock.run_still(server.stop(in(std::chrono::seconds{5}))); }
};

/// An operation that goes on while the test does something else.
template <class T>
class Pending {
 public:
  Pending(boost::asio::io_context& context, boost::asio::awaitable<T> operation) {
    boost::asio::co_spawn(context, std::move(operation),
                          [state = state_](std::exception_ptr thrown, T answer) {
                            REQUIRE_FALSE(thrown);
                            state->emplace(std::move(answer));
                          });
  }
  bool is_done() const { return state_->has_value(); }
  const T& answer() const { return state_->value(); }

 private:
  std::shared_ptr<std::optional<T>> state_{std::make_shared<std::optional<T>>()};
};

}  // namespace spillway::testing
