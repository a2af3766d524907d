// The line to one HAProxy process: a command goes in, its text comes back. The seam that tests
// replace. What the text means is in answers.hpp.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <string>

#include "controller/core/error.hpp"
#include "controller/io/clock.hpp"
#include "controller/io/deadline.hpp"
#include "controller/io/endpoint.hpp"

namespace spillway::haproxy {

class RuntimeApi {
 public:
  virtual ~RuntimeApi() = default;

  /// Where it is, for messages: `unix:/run/haproxy/admin.sock`.
  virtual const std::string& address() const = 0;

  /// Sends `command` (without a line end) and returns the whole answer. Errors: those of
  /// `io::exchange`; HAProxy may have acted on the command in each case.
  virtual boost::asio::awaitable<Result<std::string>> ask(std::string command,
                                                          io::Deadline deadline) = 0;
};

/// Over a UNIX or TCP socket, a connection for each command. Each exchange ends within `timeout`,
/// so that one process that hangs does not use up the whole tick. `clock` must outlive it.
std::unique_ptr<RuntimeApi> make_runtime_api(io::Endpoint endpoint, io::Clock& clock,
                                             Duration timeout);

}  // namespace spillway::haproxy
