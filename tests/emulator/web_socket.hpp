// The server's side of one WebSocket that carries a terminal, over whatever stream the HTTP front
// has. Part of the front: nothing else includes it.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>
#include <chrono>
#include <deque>
#include <memory>
#include <string>

#include "tests/emulator/terminal.hpp"

namespace spillway::emulator {

/// Output on its way to the client, one frame at a time. Keeps itself alive while a write runs; the
/// socket is gone only after `idle()`.
template <class Socket>
class Outbox : public std::enable_shared_from_this<Outbox<Socket>> {
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

  boost::asio::awaitable<void> idle() {
    boost::system::error_code woken;
    changed_.expires_at(boost::asio::steady_timer::time_point::max());
    while (busy_) {
      co_await changed_.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, woken));
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
    auto next{[self = this->shared_from_this()](boost::system::error_code error, std::size_t = 0) {
      self->busy_ = false;
      if (!self->waiting_.empty()) self->waiting_.pop_front();
      if (error) self->closed_ = true;
      self->changed_.cancel();
      self->write();
    }};
    if (!waiting_.empty()) {
      busy_ = true;
      socket_.async_write(boost::asio::buffer(waiting_.front()), std::move(next));
    } else if (ending_) {
      busy_ = closed_ = true;
      socket_.async_close(boost::beast::websocket::close_code::normal, std::move(next));
    }
  }

  Socket& socket_;
  boost::asio::steady_timer changed_;
  std::deque<std::string> waiting_{};
  bool busy_{false};
  bool ending_{false};
  bool closed_{false};
};

/// Lets the terminal look for news while the connection is there.
inline void tick_later(std::shared_ptr<boost::asio::steady_timer> timer,
                       std::weak_ptr<Terminal> watched) {
  timer->expires_after(std::chrono::milliseconds{200});
  timer->async_wait([timer, watched](boost::system::error_code error) {
    const auto terminal{watched.lock()};
    if (error || !terminal) return;
    terminal->tick();
    tick_later(timer, watched);
  });
}

/// Answers the upgrade that `request` asks for and carries `terminal` until either side ends.
template <class Stream, class HttpRequest>
boost::asio::awaitable<void> serve_terminal(Stream& stream, HttpRequest& request,
                                            std::shared_ptr<Terminal> terminal) {
  using boost::asio::redirect_error;
  using boost::asio::use_awaitable;
  using Socket = boost::beast::websocket::stream<Stream&>;
  boost::system::error_code error;
  boost::beast::get_lowest_layer(stream).expires_never();
  Socket socket{stream};
  socket.read_message_max(1U << 20U);
  co_await socket.async_accept(request, redirect_error(use_awaitable, error));
  if (error) co_return;
  socket.binary(true);
  const auto outbox{std::make_shared<Outbox<Socket>>(socket)};
  Terminal::Peer peer;
  peer.output = [outbox](std::string bytes) { outbox->add(std::move(bytes)); };
  peer.ended = [outbox] { outbox->end(); };
  terminal->open(std::move(peer));
  const auto timer{std::make_shared<boost::asio::steady_timer>(socket.get_executor())};
  tick_later(timer, terminal);
  while (!error) {
    boost::beast::flat_buffer message;
    co_await socket.async_read(message, redirect_error(use_awaitable, error));
    if (!error) terminal->input(boost::beast::buffers_to_string(message.data()));
  }
  timer->cancel();
  terminal->hang_up();
  outbox->give_up();
  boost::beast::get_lowest_layer(stream).close();
  co_await outbox->idle();
}

}  // namespace spillway::emulator
