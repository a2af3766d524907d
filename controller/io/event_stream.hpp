// A bounded queue between whoever has news and one client of a live stream (server-sent events).
// It never waits for a slow client: one that falls behind by more than the limit is disconnected,
// and comes back by itself, as EventSource does, to a fresh picture.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "controller/io/live_body.hpp"

namespace spillway::io {

class EventStream final : public LiveBody {
 public:
  /// Holds at most `events_max` events that the client has not taken yet.
  explicit EventStream(boost::asio::io_context& context, std::size_t events_max = 64);

  /// Queues one event of type `event` (a word, may be empty) with `data` (any text, may have
  /// lines). False if the stream is closed, by the client, by `close` or because it was full.
  bool push(std::string_view event, std::string_view data);

  /// No more events; what is queued is still sent.
  void close() override;

  bool is_open() const { return is_open_; }

  /// For the server: everything queued, as bytes; waits for news. Empty when woken by nothing
  /// (cancelled); nothing when closed and drained.
  boost::asio::awaitable<std::optional<std::string>> next() override;

  /// A comment shows intermediaries that we are there, and us that the client still is.
  std::string_view idle_bytes() const override { return ": \n\n"; }

 private:
  boost::asio::steady_timer news_;  // never expires: its cancellation is the signal
  std::deque<std::string> queue_{};
  std::size_t events_max_;
  bool is_open_{true};
};

/// The bytes of one server-sent event: `event: x\ndata: line\n...\n\n`.
std::string server_sent_event(std::string_view event, std::string_view data);

}  // namespace spillway::io
