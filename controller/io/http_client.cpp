#include "controller/io/http_client.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "controller/io/connection_pool.hpp"
#include "controller/io/http_wire.hpp"
#include "controller/io/stream.hpp"

namespace spillway::io {

namespace asio = boost::asio;

namespace {

class PooledHttpClient final : public HttpClient {
 public:
  PooledHttpClient(asio::io_context& context, Clock& clock, std::shared_ptr<TlsContext> tls,
                   HttpClientOptions options)
      : clock_{clock},
        tls_{std::move(tls)},
        options_{std::move(options)},
        pool_{std::make_shared<ConnectionPool>(
            context, clock,
            ConnectionPool::Limits{.in_use_max = options_.connections_per_origin,
                                   .waiting_max = options_.waiting_per_origin,
                                   .idle_limit = options_.idle_limit})} {}

  asio::awaitable<Result<HttpResponse>> send(HttpRequest request, Deadline deadline) override {
    const std::string what{
        fmt::format("{} {}", excerpt(request.method, 20), describe(request.url))};
    auto exchanging = exchange(std::move(request));
    auto response = co_await with_deadline(std::move(exchanging), clock_, deadline, "waiting");
    if (!response) co_return with_context(what, std::move(response).error());
    co_return response;
  }

  asio::awaitable<Result<HttpResponse>> stream(HttpRequest request, BodySink sink, Duration silence,
                                               Deadline deadline) override {
    const std::string what{
        fmt::format("{} {}", excerpt(request.method, 20), describe(request.url))};
    auto running = run_stream(std::move(request), std::move(sink), silence);
    auto response = co_await with_deadline(std::move(running), clock_, deadline, "streaming");
    if (!response) co_return with_context(what, std::move(response).error());
    co_return response;
  }

 private:
  asio::awaitable<Result<HttpResponse>> run_stream(HttpRequest request, BodySink sink,
                                                   Duration silence) {
    request.headers.set("Connection", "close");
    const auto bytes = request_bytes(request, options_.user_agent);
    if (!bytes) co_return bytes.error();
    auto opened = co_await open(request.url);
    if (!opened) co_return opened.error();
    ByteStream& stream{**opened};
    auto writing = stream.write_all(*bytes);
    const Deadline write_deadline{deadline_after(clock_, silence)};
    const auto written =
        co_await with_deadline(std::move(writing), clock_, write_deadline, "sending");
    const std::size_t body_limit{request.response_limit.value_or(options_.body_limit)};
    // The limit holds for what is collected; a stream has no end, and its sink limits its lines.
    WireLimits limits{};
    limits.header = options_.header_limit;
    limits.body = std::nullopt;
    ResponseReader reader{limits, false};
    std::string refusal{};
    std::array<char, 16 * 1024> buffer{};
    while (!reader.is_complete()) {
      auto reading = stream.read_some(buffer);
      const Deadline next{deadline_after(clock_, silence)};
      const auto size = co_await with_deadline(std::move(reading), clock_, next, "silent stream");
      if (!size) co_return written ? size.error() : written.error();
      const auto fed = *size == 0 ? reader.feed_end() : reader.feed({buffer.data(), *size});
      if (!fed) co_return fed.error();
      if (!reader.has_header()) continue;
      const std::string piece{reader.take_body()};
      const int status{reader.head().status};
      const bool is_wanted{status >= 200 && status < 300};
      if (is_wanted && !sink(piece)) break;
      if (!is_wanted) refusal += piece;
      if (refusal.size() > body_limit) co_return Error{Errc::too_large, "the body of a refusal"};
      if (*size == 0) break;
    }
    stream.close();
    HttpResponse response{reader.head()};
    response.body = std::move(refusal);
    co_return response;
  }

  asio::awaitable<Result<HttpResponse>> exchange(HttpRequest request) {
    const auto bytes = request_bytes(request, options_.user_agent);
    if (!bytes) co_return bytes.error();
    const bool is_head{request.method == "HEAD"};
    const WireLimits limits{.header = options_.header_limit,
                            .body = request.response_limit.value_or(options_.body_limit)};
    bool wants_new{request.headers.find("Connection") == "close"};
    const bool wants_close{wants_new};
    for (;;) {
      auto lease = co_await pool_->acquire(origin(request.url), wants_new);
      if (!lease) co_return lease.error();
      const bool is_kept{lease->stream != nullptr};
      if (!is_kept) {
        auto opened = co_await open(request.url);
        if (!opened) co_return opened.error();
        lease->stream = std::move(*opened);
      }
      ResponseReader reader{limits, is_head};
      const auto done = co_await round_trip(*lease->stream, *bytes, reader);
      if (done) {
        if (reader.is_reusable() && !wants_close) lease->keep();
        HttpResponse response{reader.head()};
        response.body = reader.take_body();
        co_return response;
      }
      // The server may have closed a kept connection just as we wrote to it. It has not answered,
      // so an idempotent request may go out again, over a new connection and therefore only once.
      const bool is_stale{is_kept && !reader.has_begun() && done.error().code == Errc::unavailable};
      if (!is_stale || !is_idempotent(request.method)) co_return done.error();
      wants_new = true;
    }
  }

  asio::awaitable<StreamResult> open(Url url) {
    const Deadline deadline{deadline_after(clock_, options_.connect_timeout)};
    auto opening = open_socket(std::move(url));
    co_return co_await with_deadline(std::move(opening), clock_, deadline, "connecting");
  }

  asio::awaitable<StreamResult> open_socket(Url url) {
    Endpoint endpoint{.host = url.host, .port = url.port};
    if (url.scheme == "unix") endpoint = {.host = {}, .port = 0, .path = url.host};
    if (url.scheme == "https") co_return co_await connect_tls(endpoint, tls_, url.host);
    co_return co_await connect_plain(endpoint);
  }

  static asio::awaitable<Result<void>> round_trip(ByteStream& stream, const std::string& bytes,
                                                  ResponseReader& reader) {
    // A server may refuse and close before it has read everything: its answer is worth more than
    // our failure to write, so reading goes on.
    const auto written = co_await stream.write_all(bytes);
    std::array<char, 16 * 1024> buffer{};
    while (!reader.is_complete()) {
      const auto size = co_await stream.read_some(buffer);
      if (!size) {
        const bool says_more{written || size.error().code != Errc::unavailable};
        co_return says_more ? size.error() : written.error();
      }
      const auto fed = *size == 0 ? reader.feed_end() : reader.feed({buffer.data(), *size});
      if (!fed) co_return fed.error();
      if (*size == 0) break;
    }
    co_return Result<void>{};
  }

  Clock& clock_;
  std::shared_ptr<TlsContext> tls_;
  HttpClientOptions options_;
  std::shared_ptr<ConnectionPool> pool_;
};

}  // namespace

asio::awaitable<Result<HttpResponse>> HttpClient::stream(HttpRequest request, BodySink sink,
                                                         Duration /*silence*/, Deadline deadline) {
  auto response = co_await send(std::move(request), deadline);
  if (!response || response->status < 200 || response->status >= 300) co_return response;
  const bool wants_more{sink(response->body)};
  static_cast<void>(wants_more);  // that was all of it
  response->body.clear();
  co_return response;
}

Result<std::unique_ptr<HttpClient>> make_http_client(asio::io_context& context, Clock& clock,
                                                     HttpClientOptions options) {
  auto tls = make_client_tls(options.tls);
  if (!tls) return tls.error();
  if (options.user_agent.empty()) options.user_agent = "spillway/" SPILLWAY_VERSION;
  return std::make_unique<PooledHttpClient>(context, clock, std::move(*tls), std::move(options));
}

}  // namespace spillway::io
