#include "tests/emulator/web_socket.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket.hpp>
#include <chrono>
#include <deque>

namespace spillway::emulator {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using ErrorCode = boost::system::error_code;

/// The first bytes of a sequence of buffers: to transfer some of all is allowed.
template <class Buffer, class Sequence>
Buffer first_of(const Sequence& buffers) {
  for (auto at{asio::buffer_sequence_begin(buffers)}; at != asio::buffer_sequence_end(buffers);
       ++at) {
    const Buffer buffer{*at};
    if (buffer.size() > 0) return buffer;
  }
  return {};
}

/// The front's stream with the members that Beast's WebSocket asks for.
class Bytes {
 public:
  using executor_type = asio::any_io_executor;

  explicit Bytes(FrontStream& stream) : stream_{stream} {}

  executor_type get_executor() { return stream_.get_executor(); }

  template <class Buffers, class Token>
  auto async_read_some(const Buffers& buffers, Token&& token) {
    return asio::async_initiate<Token, void(ErrorCode, std::size_t)>(
        [this](auto handler, asio::mutable_buffer buffer) {
          stream_.start_read(buffer, FrontStream::shared(std::move(handler)));
        },
        token, first_of<asio::mutable_buffer>(buffers));
  }

  template <class Buffers, class Token>
  auto async_write_some(const Buffers& buffers, Token&& token) {
    return asio::async_initiate<Token, void(ErrorCode, std::size_t)>(
        [this](auto handler, asio::const_buffer buffer) {
          stream_.start_write(buffer, FrontStream::shared(std::move(handler)));
        },
        token, first_of<asio::const_buffer>(buffers));
  }

  // Found by Beast through their names and this class. The front itself ends the connection, so the
  // WebSocket leaves it alone.
  template <class Handler>
  friend void async_teardown(beast::role_type, Bytes& bytes, Handler&& handler) {
    asio::post(bytes.get_executor(),
               beast::bind_front_handler(std::forward<Handler>(handler), ErrorCode{}));
  }
  friend void beast_close_socket(Bytes& bytes) { bytes.stream_.close(); }

 private:
  FrontStream& stream_;
};

using Socket = beast::websocket::stream<Bytes>;

/// Output on its way to the client, one frame at a time. Keeps itself alive while a write runs; the
/// socket is gone only after `idle()`.
class Outbox : public std::enable_shared_from_this<Outbox> {
 public:
  explicit Outbox(Socket& socket) : socket_{socket}, changed_{socket.get_executor()} {}

  void add(std::string bytes) {
    waiting_.push_back(std::move(bytes));
    write();
  }

  /// Closes the socket once everything is out.
  void end() {
    ending_ = true;
    write();
  }

  asio::awaitable<void> idle() {
    ErrorCode woken;
    changed_.expires_at(asio::steady_timer::time_point::max());
    while (busy_) {
      co_await changed_.async_wait(asio::redirect_error(asio::use_awaitable, woken));
    }
  }

  /// Forgets what has not been begun: the frame being written is still needed.
  void give_up() {
    const std::size_t kept{busy_ && !waiting_.empty() ? 1U : 0U};
    waiting_.resize(kept);
  }

 private:
  void write() {
    if (busy_ || closed_) return;
    auto next{[self = shared_from_this()](ErrorCode error, std::size_t = 0) {
      self->busy_ = false;
      if (!self->waiting_.empty()) self->waiting_.pop_front();
      if (error) self->closed_ = true;
      self->changed_.cancel();
      self->write();
    }};
    if (!waiting_.empty()) {
      busy_ = true;
      socket_.async_write(asio::buffer(waiting_.front()), std::move(next));
    } else if (ending_) {
      busy_ = closed_ = true;
      socket_.async_close(beast::websocket::close_code::normal, std::move(next));
    }
  }

  Socket& socket_;
  asio::steady_timer changed_;
  std::deque<std::string> waiting_{};
  bool busy_{false};
  bool ending_{false};
  bool closed_{false};
};

/// Lets the terminal look for news while the connection is there.
void tick_later(std::shared_ptr<asio::steady_timer> timer, std::weak_ptr<Terminal> watched) {
  timer->expires_after(std::chrono::milliseconds{200});
  timer->async_wait([timer, watched](ErrorCode error) {
    const auto terminal{watched.lock()};
    if (error || !terminal) return;
    terminal->tick();
    tick_later(timer, watched);
  });
}

}  // namespace

asio::awaitable<void> serve_terminal(FrontStream& stream, std::string request,
                                     std::shared_ptr<Terminal> terminal) {
  using asio::redirect_error;
  using asio::use_awaitable;
  ErrorCode error;
  stream.expires_never();
  Socket socket{Bytes{stream}};
  socket.read_message_max(1U << 20U);
  co_await socket.async_accept(asio::buffer(request), redirect_error(use_awaitable, error));
  if (error) co_return;
  socket.binary(true);
  const auto outbox{std::make_shared<Outbox>(socket)};
  Terminal::Peer peer;
  peer.output = [outbox](std::string bytes) { outbox->add(std::move(bytes)); };
  peer.ended = [outbox] { outbox->end(); };
  terminal->open(std::move(peer));
  const auto timer{std::make_shared<asio::steady_timer>(socket.get_executor())};
  tick_later(timer, terminal);
  while (!error) {
    beast::flat_buffer message;
    co_await socket.async_read(message, redirect_error(use_awaitable, error));
    if (error) break;
    terminal->input(beast::buffers_to_string(message.data()));
    // What it says goes out before the next message is read, which may be the client's goodbye.
    co_await outbox->idle();
  }
  timer->cancel();
  terminal->hang_up();
  outbox->give_up();
  stream.close();
  co_await outbox->idle();
}

}  // namespace spillway::emulator
