// The Docker Engine API over its UNIX socket, as far as a container's life goes. Requests go out as
// HTTP/1.0, so that an answer is simply all that comes until the end. Short calls block (they take
// some ten to some hundred milliseconds); streams are the caller's to read.
#pragma once

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/json/value.hpp>
#include <memory>
#include <string>
#include <string_view>

namespace spillway::emulator {

struct DockerAnswer {
  unsigned status{0};  ///< 0: the engine could not be reached or said nothing
  std::string body{};

  bool ok() const { return status >= 200 && status < 300; }
  boost::json::value json() const;  ///< null if it is none
  /// The engine's own words on what went wrong.
  std::string message() const;
};

class DockerEngine {
 public:
  using Socket = boost::asio::local::stream_protocol::socket;

  /// `host` is `unix:///path/of.sock`, or empty for $DOCKER_HOST and then the usual path.
  explicit DockerEngine(const std::string& host);

  const std::string& path() const { return path_; }

  /// One call and its whole answer, blocking for at most half a minute.
  DockerAnswer call(std::string_view method, const std::string& target,
                    const boost::json::value& body = nullptr) const;

  /// Sends a request on a connection of its own, for an answer that comes bit by bit. Null if the
  /// engine cannot be reached.
  std::unique_ptr<Socket> open(boost::asio::io_context& context, std::string_view method,
                               const std::string& target, const boost::json::value& body = nullptr,
                               std::string_view more_headers = {}) const;

 private:
  std::string path_;
};

/// Output of a container without a terminal comes in frames: eight bytes of header, then as many
/// bytes as it says. Takes whole frames off the front of `bytes` and returns what was in them.
std::string take_frames(std::string& bytes);

}  // namespace spillway::emulator
