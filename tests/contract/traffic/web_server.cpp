#include "tests/contract/traffic/web_server.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <stdexcept>
#include <utility>

namespace spillway::testing {

namespace asio = boost::asio;

WebServer::WebServer(RealTime& time, std::string name, std::optional<io::TlsServerOptions> tls)
    : name_{std::move(name)}, gate_{time.context, asio::steady_timer::time_point::max()} {
  io::HttpHandler handler{[this](io::HttpRequest request) { return handle(std::move(request)); }};
  io::HttpServerOptions options{};
  options.tls = std::move(tls);
  auto server =
      io::start_http_server(time.context, time.clock, std::move(options), std::move(handler));
  if (!server) throw std::runtime_error{to_string(server.error())};
  server_ = std::move(*server);
}

asio::awaitable<io::HttpReply> WebServer::handle(io::HttpRequest request) {
  ++requests_;
  if (request.url.target == "/held") {
    ++held_;
    boost::system::error_code released{};
    co_await gate_.async_wait(asio::redirect_error(asio::use_awaitable, released));
    --held_;
  }
  io::HttpResponse response{};
  response.body = name_;
  co_return response;
}

}  // namespace spillway::testing
