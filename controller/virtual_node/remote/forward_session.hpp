// `kubectl port-forward` on one connection: each connection that somebody makes at home is one to a
// port of the pod's address. Over SPDY, as every API server speaks it to kubelets; newer kubectl
// falls back to it. One thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "controller/io/clock.hpp"
#include "controller/io/upgrade.hpp"
#include "controller/virtual_node/remote/remote_session.hpp"

namespace spillway::virtual_node {

struct ForwardTarget {
  std::string address{};  ///< of the pod; nothing else is ever connected to
  std::string who{};      ///< NAMESPACE/POD, for the log and for errors
};

struct ForwardLimits {
  Duration idle{};  ///< a session in which nothing is said for so long ends
  /// A pod that takes nothing for so long, while its client has more for it than is kept here,
  /// loses the connection: until then the session's other ones wait, too.
  Duration stall{std::chrono::minutes{1}};
};

/// All must outlive the session.
std::shared_ptr<io::Upgrade> make_forward_session(io::Clock& clock, ForwardTarget target,
                                                  ForwardLimits limits,
                                                  std::shared_ptr<RemoteCount> count);

}  // namespace spillway::virtual_node
