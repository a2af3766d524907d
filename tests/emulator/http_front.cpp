#include "tests/emulator/http_front.hpp"

#include <fmt/format.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <list>
#include <sstream>
#include <stdexcept>

#include "tests/emulator/arm_error.hpp"
#include "tests/emulator/text.hpp"
#include "tests/emulator/web_socket.hpp"

namespace spillway::emulator {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using ErrorCode = boost::system::error_code;
using TlsStream = beast::ssl_stream<beast::tcp_stream>;

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

using Parser = http::request_parser<http::string_body>;
using Answer = http::response<http::string_body>;

Answer to_beast(const Response& response, unsigned version, bool keep_alive) {
  Answer answer{http::int_to_status(response.status), version};
  answer.result(response.status);
  for (const auto& [name, value] : response.headers) answer.insert(name, value);
  answer.set(http::field::server, "aci-emulator");
  answer.keep_alive(keep_alive);
  if (response.status != 204 && response.status != 304) {
    answer.body() = response.body;
    answer.prepare_payload();
  }
  return answer;
}

/// What we answer to bytes that never became a request.
Response refusal(const ErrorCode& error) {
  if (error == http::error::body_limit) {
    return to_response({.status = 413,
                        .code = "RequestEntityTooLarge",
                        .message = "The request body is larger than the service takes."});
  }
  if (error == http::error::header_limit || error == http::error::buffer_overflow) {
    return to_response({.status = 431,
                        .code = "RequestHeaderFieldsTooLarge",
                        .message = "The request header is larger than the service takes."});
  }
  return to_response(
      bad_request("BadRequest", fmt::format("This is not HTTP: {}.", error.message())));
}

bool is_protocol_error(const ErrorCode& error) {
  static const auto& category{http::make_error_code(http::error::bad_method).category()};
  return error.category() == category && error != http::error::end_of_stream &&
         error != http::error::partial_message;
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
  std::list<beast::tcp_stream*> connections{};
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

Request to_request(const FrontState& state, const http::request<http::string_body>& message) {
  Request request{.method = std::string{message.method_string()},
                  .target = std::string{message.target()},
                  .base_url = {},
                  .headers = {},
                  .body = message.body()};
  for (const auto& field : message) {
    request.headers.emplace_back(field.name_string(), field.value());
  }
  const std::string* host{find_header(request.headers, "Host")};
  const bool usable{host != nullptr && !host->empty() && host->size() < 256};
  request.base_url = state.scheme + "://" + (usable ? *host : state.own_host);
  return request;
}

/// Writes as much of the answer as its delivery says; false if the connection must close.
template <class Stream>
asio::awaitable<bool> deliver(Stream& stream, Answer& answer, Delivery delivery) {
  ErrorCode error;
  if (delivery == Delivery::dropped) co_return false;
  if (delivery == Delivery::truncated) {
    std::ostringstream text;
    text << answer;
    std::string bytes{text.str()};
    bytes.resize(bytes.size() - answer.body().size() / 2 - 1);
    co_await asio::async_write(stream, asio::buffer(bytes),
                               asio::redirect_error(asio::use_awaitable, error));
    co_return false;
  }
  http::response_serializer<http::string_body> serializer{answer};
  co_await http::async_write(stream, serializer, asio::redirect_error(asio::use_awaitable, error));
  co_return !error && answer.keep_alive();
}

/// One request and its answer; false when the connection is done.
template <class Stream>
asio::awaitable<bool> exchange(Shared state, Stream& stream, beast::flat_buffer& buffer) {
  beast::tcp_stream& lowest{beast::get_lowest_layer(stream)};
  Parser parser;
  parser.header_limit(static_cast<std::uint32_t>(state->options.header_bytes_max));
  parser.body_limit(state->options.body_bytes_max);
  lowest.expires_after(state->options.idle_timeout);
  ErrorCode error;
  co_await http::async_read_header(stream, buffer, parser,
                                   asio::redirect_error(asio::use_awaitable, error));
  if (!error && equal_text(parser.get()[http::field::expect], "100-continue")) {
    Answer go_on{http::status::continue_, 11};
    http::response_serializer<http::string_body> serializer{go_on};
    co_await http::async_write(stream, serializer,
                               asio::redirect_error(asio::use_awaitable, error));
  }
  if (!error) {
    co_await http::async_read(stream, buffer, parser,
                              asio::redirect_error(asio::use_awaitable, error));
  }
  if (error && !is_protocol_error(error)) co_return false;
  if (state->stopped) co_return false;
  const bool keep_alive{!error && parser.get().keep_alive()};
  const unsigned version{error ? 11U : parser.get().version()};
  Response response{error ? refusal(error) : state->handle(to_request(*state, parser.get()))};
  if (response.terminal && !error && beast::websocket::is_upgrade(parser.get())) {
    co_await serve_terminal(stream, parser.get(), std::move(response.terminal));
    co_return false;
  }
  if (response.terminal) {
    response = to_response({.status = 426,
                            .code = "UpgradeRequired",
                            .message = "This address is opened as a WebSocket."});
  }
  if (response.delay > Duration::zero()) {
    lowest.expires_never();
    const TimePoint due{state->clock->now() + response.delay};
    co_await wait_until(state, due);
    if (state->stopped) co_return false;
  }
  lowest.expires_after(state->options.idle_timeout);
  Answer answer{to_beast(response, version, keep_alive)};
  co_return co_await deliver(stream, answer, response.delivery);
}

template <class Stream>
asio::awaitable<void> serve(Shared state, Stream& stream) {
  // Room for a whole header and then some; bodies do not pass through it at once.
  beast::flat_buffer buffer{state->options.header_bytes_max + (64U << 10U)};
  while (!state->stopped) {
    if (!co_await exchange(state, stream, buffer)) break;
  }
}

/// Ends the sending side and lets the client see the answer before the socket goes: closing with
/// unread bytes would reset the connection and lose a 413 on its way.
asio::awaitable<void> close_gently(beast::tcp_stream& stream) {
  ErrorCode error;
  stream.socket().shutdown(tcp::socket::shutdown_send, error);
  std::array<char, 4096> rest{};
  stream.expires_after(std::chrono::seconds{2});
  for (std::size_t drained{0}; !error && drained < (16U << 20U);) {
    drained += co_await stream.async_read_some(asio::buffer(rest),
                                               asio::redirect_error(asio::use_awaitable, error));
  }
  stream.close();
}

asio::awaitable<void> serve_plain(Shared state, tcp::socket socket) {
  beast::tcp_stream stream{std::move(socket)};
  const Listed<beast::tcp_stream> listed{state->connections, &stream};
  co_await serve(state, stream);
  co_await close_gently(stream);
}

asio::awaitable<void> serve_tls(Shared state, tcp::socket socket) {
  TlsStream stream{beast::tcp_stream{std::move(socket)}, state->tls};
  beast::tcp_stream& lowest{beast::get_lowest_layer(stream)};
  const Listed<beast::tcp_stream> listed{state->connections, &lowest};
  lowest.expires_after(std::chrono::seconds{10});
  ErrorCode error;
  co_await stream.async_handshake(asio::ssl::stream_base::server,
                                  asio::redirect_error(asio::use_awaitable, error));
  if (error) co_return;
  co_await serve(state, stream);
  lowest.expires_after(std::chrono::seconds{2});
  co_await stream.async_shutdown(asio::redirect_error(asio::use_awaitable, error));
  co_await close_gently(lowest);
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
    if (state->scheme == "https") {
      asio::co_spawn(state->context, serve_tls(state, std::move(socket)), swallow);
    } else {
      asio::co_spawn(state->context, serve_plain(state, std::move(socket)), swallow);
    }
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
  std::ostringstream host;
  host << acceptor.local_endpoint();
  state_->own_host = host.str();
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
  for (beast::tcp_stream* connection : state_->connections) connection->close();
  time_moved();
}

}  // namespace spillway::emulator
