// A response's body that is not there yet: the server sends what comes, chunk by chunk, until its
// end.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace spillway::io {

class LiveBody {
 public:
  virtual ~LiveBody() = default;

  /// The next bytes; waits for them. Empty when woken by nothing (cancelled); nothing at the end.
  virtual boost::asio::awaitable<std::optional<std::string>> next() = 0;

  /// No more is wanted: the client is gone, or the server stops.
  virtual void close() = 0;

  /// What is sent when there was nothing for a heartbeat; empty: nothing is.
  virtual std::string_view idle_bytes() const = 0;

  /// Held for as long as the body is: what it reads from, say.
  std::shared_ptr<const void> source{};
};

}  // namespace spillway::io
