// A server that says exactly the bytes a test gives it, well-formed or not: for testing clients
// against peers that misbehave. One scripted answer per request, in order, across connections.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

namespace spillway::testing {

class RawServer {
 public:
  /// What happens to the connection after the answer.
  enum class Then { keeps_open, closes, resets };

  struct Answer {
    std::string bytes{};
    Then then{Then::keeps_open};
  };

  /// Listens on a free port of 127.0.0.1, or at `unix_path` if given. A request ends with
  /// `request_end` and nothing is read beyond it.
  explicit RawServer(boost::asio::io_context& context, std::deque<Answer> answers,
                     std::string request_end = "\r\n\r\n", std::string unix_path = {});
  ~RawServer();

  std::uint16_t port() const;

  /// Everything received so far, one entry per request. Kept after the server is gone.
  const std::vector<std::string>& requests() const;
  std::size_t connection_count() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace spillway::testing
