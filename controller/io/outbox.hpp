// Bytes that several coroutines send over one stream, which takes one write at a time: whoever
// comes while another one writes leaves them to it. One thread: the one that runs the io_context.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "controller/core/error.hpp"
#include "controller/io/stream.hpp"

namespace spillway::io {

class Outbox {
 public:
  static constexpr std::size_t much{256 * 1024};

  /// `stream` must outlive the outbox.
  explicit Outbox(ByteStream& stream) : stream_{stream} {}

  /// Returns when all is sent that waits. While another one is at it: at once, and it is sent in
  /// the order in which it came; but where much waits already, not before that has become less, so
  /// that whoever reads from elsewhere reads no faster than this is sent. Errors: those of
  /// `ByteStream::write_all`, each time from then on.
  boost::asio::awaitable<Result<void>> send(std::string bytes);

 private:
  ByteStream& stream_;
  std::string waiting_{};
  bool is_writing_{false};
  std::optional<boost::asio::steady_timer> sent_{};  ///< never expires: cancelled after each write
  Result<void> broken_{};
};

}  // namespace spillway::io
