#include "controller/io/http_server.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstring>
#include <list>
#include <utility>

#include "controller/io/http_connection.hpp"
#include "controller/io/log.hpp"
#include "controller/io/tls_clients.hpp"

namespace spillway::io {

namespace asio = boost::asio;

namespace {

using Protocol = asio::generic::stream_protocol;
using Acceptor = asio::basic_socket_acceptor<Protocol>;

/// Connections beyond the limit that are told so; those beyond that are closed without a word.
constexpr std::size_t refusals_max{32};

Result<std::shared_ptr<TlsContext>> server_tls(const TlsServerOptions& options,
                                               const std::vector<std::string>& client_names) {
  auto made = make_server_tls(options);
  if (made && !client_names.empty()) admit_only(**made, client_names);
  return made;
}

/// What the coroutines share. They keep it alive, so a destroyed server leaves nothing dangling.
class Listener : public std::enable_shared_from_this<Listener> {
 public:
  Listener(asio::io_context& context, Clock& clock, HttpServerOptions options, HttpHandler handler,
           std::shared_ptr<TlsContext> tls)
      : context_{context},
        clock_{clock},
        options_{std::move(options)},
        handler_{std::move(handler)},
        tls_{std::move(tls)},
        acceptor_{context},
        all_gone_{context, asio::steady_timer::time_point::max()} {}

  Result<void> listen();
  Result<void> renew_tls(const TlsServerOptions& tls);
  void start();
  void close();
  asio::awaitable<void> stop(Deadline deadline);
  std::uint16_t port() const { return port_; }

 private:
  struct Entry {
    explicit Entry(Listener& of) : connection{of.clock_, of.options_, of.handler_} {}

    HttpConnection connection;
    asio::cancellation_signal cut_off{};
  };

  Result<void> listen_at(const Protocol::endpoint& endpoint, Protocol protocol);
  asio::awaitable<void> accept_all();
  void serve(Socket socket);
  asio::awaitable<Result<void>> until_all_gone();

  asio::io_context& context_;
  Clock& clock_;
  HttpServerOptions options_;
  HttpHandler handler_;
  std::shared_ptr<TlsContext> tls_;
  Acceptor acceptor_;
  asio::steady_timer all_gone_;  // never expires: its cancellation is the signal
  std::list<Entry> entries_{};
  std::uint16_t port_{0};
};

Result<void> Listener::listen() {
  if (options_.host.starts_with("unix:")) {
    const auto endpoint = parse_endpoint(options_.host);
    if (!endpoint) return Error{Errc::bad_request, endpoint.error().context};
    ::unlink(endpoint->path.c_str());  // left behind by a predecessor that was killed
    const asio::local::stream_protocol::endpoint local{endpoint->path};
    return listen_at(local, local.protocol());
  }
  boost::system::error_code failure{};
  asio::ip::tcp::resolver resolver{context_};
  const auto found = resolver.resolve(options_.host, std::to_string(options_.port),
                                      asio::ip::tcp::resolver::passive, failure);
  if (failure || found.empty()) {
    return Error{Errc::bad_request,
                 fmt::format("cannot listen on '{}': {}", options_.host, failure.message())};
  }
  const asio::ip::tcp::endpoint endpoint{found.begin()->endpoint()};
  auto listening = listen_at(endpoint, endpoint.protocol());
  if (!listening) return listening;
  // The endpoint of a generic socket is raw bytes; TCP's has the port the kernel chose.
  asio::ip::tcp::endpoint bound{};
  const auto local = acceptor_.local_endpoint();
  bound.resize(local.size());
  std::memcpy(bound.data(), local.data(), local.size());
  port_ = bound.port();
  return {};
}

Result<void> Listener::listen_at(const Protocol::endpoint& endpoint, Protocol protocol) {
  boost::system::error_code failure{};
  acceptor_.open(protocol, failure);
  if (!failure) acceptor_.set_option(Acceptor::reuse_address{true}, failure);
  if (!failure) acceptor_.bind(endpoint, failure);
  if (!failure) acceptor_.listen(asio::socket_base::max_listen_connections, failure);
  if (!failure) return {};
  const bool is_taken{failure == asio::error::address_in_use};
  return Error{
      is_taken ? Errc::unavailable : Errc::bad_request,
      fmt::format("cannot listen on {}:{}: {}", options_.host, options_.port, failure.message())};
}

Result<void> Listener::renew_tls(const TlsServerOptions& tls) {
  if (!tls_) return Error{Errc::bad_request, "this server was started without TLS"};
  auto made = server_tls(tls, options_.client_names);
  if (!made) return made.error();
  tls_ = std::move(*made);
  return {};
}

void Listener::start() {
  asio::co_spawn(context_, accept_all(), [self = shared_from_this()](std::exception_ptr thrown) {
    if (thrown) std::rethrow_exception(thrown);  // broken code: it ends the daemon
  });
}

asio::awaitable<void> Listener::accept_all() {
  while (acceptor_.is_open()) {
    boost::system::error_code failure{};
    Socket socket{
        co_await acceptor_.async_accept(asio::redirect_error(asio::use_awaitable, failure))};
    if (!acceptor_.is_open()) break;
    if (!failure) {
      serve(std::move(socket));
      continue;
    }
    // Out of descriptors, most likely: accepting again at once would only spin.
    log_event(LogLevel::warning, "AcceptFailed", {{"error", failure.message()}});
    const auto slept = co_await clock_.sleep_until(clock_.now() + std::chrono::seconds{1});
    if (!slept) break;
  }
}

void Listener::serve(Socket socket) {
  if (entries_.size() >= options_.connections_max + refusals_max) return;
  const bool is_refused{entries_.size() >= options_.connections_max};
  if (is_refused && tls_) return;  // a plain answer would be noise to it
  if (!options_.host.starts_with("unix:")) {
    boost::system::error_code ignored{};
    socket.set_option(asio::ip::tcp::no_delay{true}, ignored);
  }
  const auto entry = entries_.emplace(entries_.end(), *this);
  auto serving = is_refused ? entry->connection.refuse(std::move(socket))
                            : entry->connection.serve(std::move(socket), tls_);
  auto ended = [self = shared_from_this(), entry](std::exception_ptr thrown) {
    self->entries_.erase(entry);
    if (self->entries_.empty()) self->all_gone_.cancel();
    try {
      if (thrown) std::rethrow_exception(thrown);
    } catch (const boost::system::system_error& failure) {
      if (failure.code() == asio::error::operation_aborted) return;  // we cut it off
      log_event(LogLevel::error, "ConnectionFailed", {{"error", failure.what()}});
    } catch (const std::exception& failure) {
      log_event(LogLevel::error, "ConnectionFailed", {{"error", failure.what()}});
    }
  };
  asio::co_spawn(context_, std::move(serving),
                 asio::bind_cancellation_slot(entry->cut_off.slot(), std::move(ended)));
}

void Listener::close() {
  boost::system::error_code ignored{};
  if (acceptor_.is_open() && options_.host.starts_with("unix:")) {
    ::unlink(options_.host.substr(5).c_str());
  }
  acceptor_.close(ignored);
  for (Entry& entry : entries_) entry.connection.finish();
}

asio::awaitable<void> Listener::stop(Deadline deadline) {
  close();
  auto leaving = until_all_gone();
  const auto gone = co_await with_deadline(std::move(leaving), clock_, deadline, "stopping");
  if (gone) co_return;
  for (Entry& entry : entries_) entry.cut_off.emit(asio::cancellation_type::terminal);
  const auto cut = co_await until_all_gone();
  static_cast<void>(cut);  // only an error if we are being cancelled ourselves
}

asio::awaitable<Result<void>> Listener::until_all_gone() {
  while (!entries_.empty()) {
    boost::system::error_code woken{};
    co_await all_gone_.async_wait(asio::redirect_error(asio::use_awaitable, woken));
  }
  co_return Result<void>{};
}

class ListeningServer final : public HttpServer {
 public:
  explicit ListeningServer(std::shared_ptr<Listener> listener) : listener_{std::move(listener)} {}
  ListeningServer(const ListeningServer&) = delete;
  ListeningServer& operator=(const ListeningServer&) = delete;
  ~ListeningServer() override { listener_->close(); }

  std::uint16_t port() const override { return listener_->port(); }
  Result<void> renew_tls(const TlsServerOptions& tls) override { return listener_->renew_tls(tls); }
  asio::awaitable<void> stop(Deadline deadline) override { return listener_->stop(deadline); }

 private:
  std::shared_ptr<Listener> listener_;
};

}  // namespace

Result<std::unique_ptr<HttpServer>> start_http_server(asio::io_context& context, Clock& clock,
                                                      HttpServerOptions options,
                                                      HttpHandler handler) {
  std::shared_ptr<TlsContext> tls{};
  if (options.tls) {
    auto made = server_tls(*options.tls, options.client_names);
    if (!made) return made.error();
    tls = std::move(*made);
  }
  const auto listener = std::make_shared<Listener>(context, clock, std::move(options),
                                                   std::move(handler), std::move(tls));
  const auto listening = listener->listen();
  if (!listening) return listening.error();
  listener->start();
  return std::make_unique<ListeningServer>(listener);
}

}  // namespace spillway::io
