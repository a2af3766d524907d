#include "tests/emulator/front_stream.hpp"

#include <array>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>

namespace spillway::emulator {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;
using ErrorCode = boost::system::error_code;
using Transfer = void(ErrorCode, std::size_t);

/// What plain and TLS have in common: the socket below, its deadline and its end.
class OnTcp : public FrontStream {
 public:
  asio::any_io_executor get_executor() override { return lowest().get_executor(); }
  void expires_after(Duration limit) override { lowest().expires_after(limit); }
  void expires_never() override { lowest().expires_never(); }
  void close() override { lowest().close(); }

  asio::awaitable<void> close_gently() override {
    co_await end();
    ErrorCode error;
    lowest().socket().shutdown(tcp::socket::shutdown_send, error);
    std::array<char, 4096> rest{};
    lowest().expires_after(std::chrono::seconds{2});
    for (std::size_t drained{0}; !error && drained < (16U << 20U);) {
      drained += co_await lowest().async_read_some(
          asio::buffer(rest), asio::redirect_error(asio::use_awaitable, error));
    }
    lowest().close();
  }

 protected:
  virtual beast::tcp_stream& lowest() = 0;
  /// What is said before the sending side ends.
  virtual asio::awaitable<void> end() { co_return; }
};

class PlainStream final : public OnTcp {
 public:
  explicit PlainStream(tcp::socket socket) : stream_{std::move(socket)} {}

  asio::awaitable<bool> open() override { co_return true; }
  void start_read(asio::mutable_buffer buffer, Done done) override {
    stream_.async_read_some(buffer, std::move(done));
  }
  void start_write(asio::const_buffer buffer, Done done) override {
    stream_.async_write_some(buffer, std::move(done));
  }

 private:
  beast::tcp_stream& lowest() override { return stream_; }

  beast::tcp_stream stream_;
};

class TlsStream final : public OnTcp {
 public:
  TlsStream(tcp::socket socket, asio::ssl::context& tls)
      : stream_{beast::tcp_stream{std::move(socket)}, tls} {}

  asio::awaitable<bool> open() override {
    ErrorCode error;
    lowest().expires_after(std::chrono::seconds{10});
    co_await stream_.async_handshake(asio::ssl::stream_base::server,
                                     asio::redirect_error(asio::use_awaitable, error));
    co_return !error;
  }
  void start_read(asio::mutable_buffer buffer, Done done) override {
    stream_.async_read_some(buffer, std::move(done));
  }
  void start_write(asio::const_buffer buffer, Done done) override {
    stream_.async_write_some(buffer, std::move(done));
  }

 private:
  beast::tcp_stream& lowest() override { return beast::get_lowest_layer(stream_); }

  asio::awaitable<void> end() override {
    ErrorCode error;
    lowest().expires_after(std::chrono::seconds{2});
    co_await stream_.async_shutdown(asio::redirect_error(asio::use_awaitable, error));
  }

  beast::ssl_stream<beast::tcp_stream> stream_;
};

}  // namespace

// The awaitables have names: g++ 12 spoils a capturing lambda that is a temporary beside co_await.

asio::awaitable<std::size_t> FrontStream::read_some(asio::mutable_buffer buffer) {
  ErrorCode error;
  auto token{asio::redirect_error(asio::use_awaitable, error)};
  auto reading{asio::async_initiate<decltype(token), Transfer>(
      [this](auto handler, asio::mutable_buffer into) {
        start_read(into, shared(std::move(handler)));
      },
      token, buffer)};
  const std::size_t got{co_await std::move(reading)};
  co_return error ? 0 : got;
}

asio::awaitable<bool> FrontStream::write(std::string_view bytes) {
  ErrorCode error;
  auto token{asio::redirect_error(asio::use_awaitable, error)};
  while (!bytes.empty() && !error) {
    const asio::const_buffer rest{asio::buffer(bytes)};
    auto writing{asio::async_initiate<decltype(token), Transfer>(
        [this](auto handler, asio::const_buffer from) {
          start_write(from, shared(std::move(handler)));
        },
        token, rest)};
    bytes.remove_prefix(co_await std::move(writing));
  }
  co_return !error;
}

std::unique_ptr<FrontStream> make_front_stream(tcp::socket socket, asio::ssl::context* tls) {
  if (tls == nullptr) return std::make_unique<PlainStream>(std::move(socket));
  return std::make_unique<TlsStream>(std::move(socket), *tls);
}

}  // namespace spillway::emulator
