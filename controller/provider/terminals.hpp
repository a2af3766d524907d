// A terminal in a container of a burst group: bytes go in, bytes come out, it ends. What the
// provider has, and no more: no exit code, no second output, no new size once it is open.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <optional>
#include <string>

#include "controller/core/error.hpp"
#include "controller/core/group.hpp"
#include "controller/io/deadline.hpp"

namespace spillway {

class Terminal {
 public:
  virtual ~Terminal() = default;

  /// What the program has written since; nothing once it has ended. Errors: `unavailable` if the
  /// terminal was cut off, `malformed`, `too_large`, `cancelled`.
  virtual boost::asio::awaitable<Result<std::optional<std::string>>> read() = 0;

  /// Types this. May overlap with `read`. Errors: `unavailable`, `cancelled`.
  virtual boost::asio::awaitable<Result<void>> write(std::string bytes) = 0;

  /// Hangs up; what is under way ends with `cancelled`. Idempotent.
  virtual void close() = 0;
};

struct TerminalRequest {
  std::string container{};
  std::string program{};  ///< without arguments; empty: not another one, but the main one's output
  int rows{24};
  int columns{80};
};

class Terminals {
 public:
  virtual ~Terminals() = default;

  /// Starts `program` in a container that runs, or shows what its main program writes. Errors:
  /// `not_found`, `denied` (also for a group without our owner tag), `bad_request`, `throttled`,
  /// `unavailable` (also for a container that does not run), `timeout`.
  virtual boost::asio::awaitable<Result<std::unique_ptr<Terminal>>> open(GroupId id,
                                                                         TerminalRequest request,
                                                                         io::Deadline deadline) = 0;
};

}  // namespace spillway
