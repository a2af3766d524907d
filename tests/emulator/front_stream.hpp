// One connection of the HTTP front as a stream of bytes, in plain TCP or over TLS: what reads HTTP
// and what carries a WebSocket do not know which. Only front_stream.cpp knows Asio's sockets; that
// keeps the rest, which is made of templates, to one instance and its compile time in bounds.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <functional>
#include <memory>
#include <string_view>

#include "controller/core/units.hpp"

namespace boost::asio::ssl {
class context;
}

namespace spillway::emulator {

class FrontStream {
 public:
  using Done = std::function<void(boost::system::error_code, std::size_t)>;

  /// Asio's handlers can only be moved, and are called once.
  template <class Handler>
  static Done shared(Handler handler) {
    return [kept = std::make_shared<Handler>(std::move(handler))](boost::system::error_code error,
                                                                  std::size_t size) {
      auto once{std::move(*kept)};
      once(error, size);
    };
  }

  virtual ~FrontStream() = default;

  virtual boost::asio::any_io_executor get_executor() = 0;

  /// Before the first byte: the TLS handshake, if it is TLS. False if it failed.
  virtual boost::asio::awaitable<bool> open() = 0;

  /// Up to the size of `buffer`; 0 at the end of the stream, with an error, or out of time.
  boost::asio::awaitable<std::size_t> read_some(boost::asio::mutable_buffer buffer);

  /// All of `bytes`, which stay the caller's until then. False if the connection is gone.
  boost::asio::awaitable<bool> write(std::string_view bytes);

  // The same, some bytes at a time and with a handler, as Beast's WebSocket asks for them.
  virtual void start_read(boost::asio::mutable_buffer buffer, Done done) = 0;
  virtual void start_write(boost::asio::const_buffer buffer, Done done) = 0;

  /// From now on every operation together; afterwards the connection is closed.
  virtual void expires_after(Duration limit) = 0;
  virtual void expires_never() = 0;

  /// At once, also from outside: what runs on the stream ends with an error. Idempotent.
  virtual void close() = 0;

  /// Ends the sending side and lets the client see the answer before the socket goes: closing with
  /// unread bytes would reset the connection and lose a 413 on its way.
  virtual boost::asio::awaitable<void> close_gently() = 0;
};

/// With `tls` the stream is a TLS server's and refers to it.
std::unique_ptr<FrontStream> make_front_stream(boost::asio::ip::tcp::socket socket,
                                               boost::asio::ssl::context* tls);

}  // namespace spillway::emulator
