// What a connection becomes when a request asks for another protocol (RFC 9110, section 7.8) and
// the handler agrees: the stream is handed over after the answer 101, and closed when this has
// ended. One thread: the one that runs the io_context.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <string>

#include "controller/io/stream.hpp"

namespace spillway::io {

class Upgrade {
 public:
  virtual ~Upgrade() = default;

  /// Talks over `stream` until either side has had enough. `early` is what the client sent right
  /// after its request. Has limits of its own: the server sets none. Called once.
  virtual boost::asio::awaitable<void> run(ByteStream& stream, std::string early) = 0;

  /// The server stops: `run` is to end soon. Idempotent; also before and after `run`.
  virtual void close() = 0;

  /// Held for as long as this is: what it works with, say.
  std::shared_ptr<const void> source{};
};

}  // namespace spillway::io
