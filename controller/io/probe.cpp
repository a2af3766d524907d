#include "controller/io/probe.hpp"

#include <fmt/format.h>

#include <utility>

#include "controller/io/stream_socket.hpp"

namespace spillway::io {

namespace asio = boost::asio;

namespace {

// A readiness page is a few bytes; the rest of a large one tells nothing more.
constexpr std::size_t body_limit{64 * 1024};

class NetworkProber final : public Prober {
 public:
  NetworkProber(Clock& clock, HttpClient& client) : clock_{clock}, client_{client} {}

  asio::awaitable<Result<void>> probe(ProbeTarget target, Deadline deadline) override {
    if (target.path.empty()) {
      Endpoint endpoint{.host = target.ip, .port = target.port};
      co_return co_await try_connect(std::move(endpoint), clock_, deadline);
    }
    HttpRequest request{};
    request.url = {
        .scheme = target.scheme, .host = target.ip, .port = target.port, .target = target.path};
    request.headers.set("Connection", "close");
    for (const auto& [name, value] : target.headers) request.headers.set(name, value);
    request.response_limit = body_limit;
    const auto response = co_await client_.send(std::move(request), deadline);
    if (!response) co_return response.error();
    if (response->status < target.status_min || response->status > target.status_max) {
      co_return Error{Errc::unavailable,
                      fmt::format("GET {}: status {}, ready would be {} to {}", target.path,
                                  response->status, target.status_min, target.status_max)};
    }
    co_return Result<void>{};
  }

 private:
  Clock& clock_;
  HttpClient& client_;
};

}  // namespace

std::unique_ptr<Prober> make_prober(Clock& clock, HttpClient& client) {
  return std::make_unique<NetworkProber>(clock, client);
}

}  // namespace spillway::io
