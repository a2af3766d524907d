// One command that somebody runs in a pod from afar, or whose output is watched: the client's
// streams on one side, a terminal of the provider on the other, until either ends. One thread.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <string>
#include <vector>

#include "controller/io/clock.hpp"
#include "controller/io/upgrade.hpp"
#include "controller/provider/terminals.hpp"
#include "controller/virtual_node/remote/remote_wire.hpp"

namespace spillway::virtual_node {

/// What is done where, as the client asked.
struct RemoteCommand {
  GroupId group{};
  std::string container{};             ///< as the provider calls it
  std::vector<std::string> command{};  ///< empty: the main program's output is watched
  RemoteStreams streams{};
  std::string nonce{};  ///< nobody else's: see typed_command.hpp
  std::string who{};    ///< NAMESPACE/POD/CONTAINER, for the log

  /// A single program in a terminal is what providers have; everything else is typed into a shell.
  bool is_typed() const {
    return !command.empty() && (command.size() > 1 || !streams.has_terminal);
  }
};

/// How many run at once, each until its end. Shared by all of one node.
struct RemoteCount {
  int running{0};
};

/// `idle` ends a session in which nothing is said for so long. All must outlive the session.
std::shared_ptr<io::Upgrade> make_remote_session(io::Clock& clock, Terminals& terminals,
                                                 std::unique_ptr<RemoteWire> wire,
                                                 RemoteCommand command, Duration idle,
                                                 std::shared_ptr<RemoteCount> count);

}  // namespace spillway::virtual_node
