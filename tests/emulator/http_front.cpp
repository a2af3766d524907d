#include "tests/emulator/http_front.hpp"

#include <fmt/format.h>

#include <array>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <list>
#include <stdexcept>

#include "tests/emulator/arm_error.hpp"
#include "tests/emulator/front_stream.hpp"
#include "tests/emulator/http_text.hpp"
#include "tests/emulator/web_socket.hpp"

namespace spillway::emulator {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using ErrorCode = boost::system::error_code;

tcp::endpoint listen_endpoint(const std::string& text) {
  const std::size_t colon{text.rfind(':')};
  std::string host{text.substr(0, colon)};
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  ErrorCode error;
  const auto address{asio::ip::make_address(host == "localhost" ? "127.0.0.1" : host, error)};
  int port{-1};
  try {
    std::size_t used{0};
    const std::string digits{colon == std::string::npos ? "" : text.substr(colon + 1)};
    port = std::stoi(digits, &used);
    if (used != digits.size()) port = -1;
  } catch (const std::exception&) {
    port = -1;
  }
  if (error || port < 0 || port > 65535) {
    throw std::runtime_error{
        fmt::format("--listen {}: expected ADDRESS:PORT such as 127.0.0.1:8443", text)};
  }
  return {address, static_cast<std::uint16_t>(port)};
}

/// `127.0.0.1:8443`, `[::1]:8443`
std::string host_text(const tcp::endpoint& endpoint) {
  const std::string address{endpoint.address().to_string()};
  return endpoint.address().is_v6() ? fmt::format("[{}]:{}", address, endpoint.port())
                                    : fmt::format("{}:{}", address, endpoint.port());
}

asio::ssl::context tls_context(const EmulatorOptions& options) {
  asio::ssl::context context{asio::ssl::context::tls_server};
  context.set_options(asio::ssl::context::default_workarounds | asio::ssl::context::no_sslv2 |
                      asio::ssl::context::no_sslv3 | asio::ssl::context::no_tlsv1 |
                      asio::ssl::context::no_tlsv1_1);
  if (options.tls_certificate_file.empty()) return context;
  ErrorCode error;
  context.use_certificate_chain_file(options.tls_certificate_file, error);
  if (error) {
    throw std::runtime_error{fmt::format("--tls-cert {}: not a readable PEM certificate ({})",
                                         options.tls_certificate_file, error.message())};
  }
  context.use_private_key_file(options.tls_key_file, asio::ssl::context::pem, error);
  if (error) {
    throw std::runtime_error{
        fmt::format("--tls-key {}: not a readable PEM key of that certificate ({})",
                    options.tls_key_file, error.message())};
  }
  return context;
}

}  // namespace

/// Shared by the front and its connections, which end a little later than the front itself.
struct FrontState {
  FrontState(asio::io_context& io, const EmulatorOptions& with, const Clock& time,
             HttpFront::Handle answer)
      : context{io},
        options{with},
        clock{&time},
        handle{std::move(answer)},
        tls{tls_context(with)},
        acceptor{io} {}

  asio::io_context& context;
  const EmulatorOptions options;
  const Clock* clock;  ///< valid until stopped
  HttpFront::Handle handle;
  asio::ssl::context tls;
  tcp::acceptor acceptor;
  std::string scheme{"http"};
  std::string own_host{};
  bool stopped{false};
  std::list<FrontStream*> connections{};
  std::list<asio::steady_timer*> delayed{};
};

namespace {

using Shared = std::shared_ptr<FrontState>;

/// Keeps a pointer in a list while it lives, so that stop() and time_moved() reach it.
template <class T>
class Listed {
 public:
  Listed(std::list<T*>& list, T* item) : list_{list}, at_{list.insert(list.end(), item)} {}
  ~Listed() { list_.erase(at_); }
  Listed(const Listed&) = delete;
  Listed& operator=(const Listed&) = delete;

 private:
  std::list<T*>& list_;
  typename std::list<T*>::iterator at_;
};

asio::awaitable<void> wait_until(Shared state, TimePoint due) {
  asio::steady_timer timer{state->context};
  const Listed<asio::steady_timer> listed{state->delayed, &timer};
  while (!state->stopped) {
    const auto left{state->clock->real_time_until(due)};
    if (left && *left == Duration::zero()) co_return;
    timer.expires_after(left.value_or(std::chrono::hours{24}));
    ErrorCode woken;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, woken));
  }
}

/// `https://host:port` as the client calls us.
std::string base_url(const FrontState& state, const Request& request) {
  const std::string* host{find_header(request.headers, "Host")};
  const bool usable{host != nullptr && !host->empty() && host->size() < 256};
  return state.scheme + "://" + (usable ? *host : state.own_host);
}

/// Reads until a request is here; false if the client is gone.
asio::awaitable<bool> receive(Shared state, FrontStream& stream, RequestReader& reader) {
  std::array<char, 16384> chunk{};
  stream.expires_after(state->options.idle_timeout);
  while (!reader.is_done()) {
    if (reader.wants_go_on() && !co_await stream.write("HTTP/1.1 100 Continue\r\n\r\n"))
      co_return false;
    const std::size_t size{co_await stream.read_some(asio::buffer(chunk))};
    if (size == 0) co_return false;
    reader.take({chunk.data(), size});
  }
  co_return !state->stopped;
}

/// Writes as much of the answer as its delivery says; false if the connection must close.
asio::awaitable<bool> deliver(FrontStream& stream, const Response& response, unsigned version,
                              bool keep_alive) {
  if (response.delivery == Delivery::dropped) co_return false;
  std::string text{answer_text(response, version, keep_alive)};
  const bool truncated{response.delivery == Delivery::truncated};
  if (truncated) text.resize(text.size() - response.body.size() / 2 - 1);
  co_return co_await stream.write(text) && keep_alive && !truncated;
}

/// One request and its answer; false when the connection is done.
asio::awaitable<bool> exchange(Shared state, FrontStream& stream, RequestReader& reader) {
  if (!co_await receive(state, stream, reader)) co_return false;
  const bool is_http{!reader.refusal()};
  const bool keep_alive{is_http && reader.keeps_alive()};
  const unsigned version{is_http ? reader.version() : 11U};
  Response response{};
  if (is_http) {
    Request request{reader.request()};
    request.base_url = base_url(*state, request);
    response = state->handle(request);
  } else {
    response = *reader.refusal();
  }
  if (response.terminal && reader.is_upgrade()) {
    co_await serve_terminal(stream, reader.upgrade_text(), std::move(response.terminal));
    co_return false;
  }
  if (response.terminal) {
    response = to_response({.status = 426,
                            .code = "UpgradeRequired",
                            .message = "This address is opened as a WebSocket."});
  }
  if (response.delay > Duration::zero()) {
    stream.expires_never();
    const TimePoint due{state->clock->now() + response.delay};
    co_await wait_until(state, due);
    if (state->stopped) co_return false;
  }
  stream.expires_after(state->options.idle_timeout);
  co_return co_await deliver(stream, response, version, keep_alive);
}

asio::awaitable<void> serve(Shared state, tcp::socket socket) {
  const bool is_tls{state->scheme == "https"};
  const auto stream{make_front_stream(std::move(socket), is_tls ? &state->tls : nullptr)};
  const Listed<FrontStream> listed{state->connections, stream.get()};
  if (!co_await stream->open()) co_return;
  RequestReader reader{state->options};
  while (!state->stopped && co_await exchange(state, *stream, reader)) reader.next();
  co_await stream->close_gently();
}

/// A fault in one connection ends that connection only.
void swallow(std::exception_ptr) {}

asio::awaitable<void> accept_all(Shared state) {
  while (!state->stopped) {
    ErrorCode error;
    tcp::socket socket{
        co_await state->acceptor.async_accept(asio::redirect_error(asio::use_awaitable, error))};
    if (error == asio::error::operation_aborted || state->stopped) co_return;
    if (error) {
      // Out of descriptors, most likely: wait for some to come back instead of spinning.
      asio::steady_timer pause{state->context, std::chrono::milliseconds{100}};
      co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, error));
      continue;
    }
    socket.set_option(tcp::no_delay{true}, error);
    asio::co_spawn(state->context, serve(state, std::move(socket)), swallow);
  }
}

}  // namespace

HttpFront::HttpFront(asio::io_context& context, const EmulatorOptions& options, const Clock& clock,
                     Handle handle)
    : state_{std::make_shared<FrontState>(context, options, clock, std::move(handle))} {
  const tcp::endpoint endpoint{listen_endpoint(options.listen)};
  ErrorCode error;
  tcp::acceptor& acceptor{state_->acceptor};
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(asio::socket_base::reuse_address{true}, error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) {
    throw std::runtime_error{
        fmt::format("--listen {}: cannot listen there: {}", options.listen, error.message())};
  }
  if (!options.tls_certificate_file.empty()) state_->scheme = "https";
  state_->own_host = host_text(acceptor.local_endpoint());
  asio::co_spawn(context, accept_all(state_), swallow);
}

HttpFront::~HttpFront() {
  stop();
}

std::string HttpFront::url() const {
  return state_->scheme + "://" + state_->own_host;
}

void HttpFront::time_moved() {
  for (asio::steady_timer* timer : state_->delayed) timer->cancel();
}

void HttpFront::stop() {
  if (state_->stopped) return;
  state_->stopped = true;
  ErrorCode error;
  state_->acceptor.close(error);
  for (FrontStream* connection : state_->connections) connection->close();
  time_moved();
}

}  // namespace spillway::emulator
