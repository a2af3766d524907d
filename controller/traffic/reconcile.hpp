// What has to be asked of a balancer so that it has what we want: a pure comparison of wishes and
// listing, the same for every adapter. It is done each tick, so a restarted balancer, a lost call
// and a second balancer that joined late all heal the same way.
#pragma once

#include <vector>

#include "controller/traffic/traffic.hpp"

namespace spillway {

/// One backend that should be there; what is not wanted should be gone.
struct WantedBackend {
  Backend backend{};
  BackendState state{BackendState::admitted};  ///< admitted or draining

  bool operator==(const WantedBackend&) const = default;
};

/// The calls that bring `listed` to `wanted`, admits first so that capacity comes before it goes:
///   wanted admitted, and absent, in another state, at another address or weight: admit
///   wanted draining, and listed in another state: drain (absent is as good as drained)
///   listed, and not wanted: evict
/// Both lists are of one workload. Carried out without failures they leave nothing to do.
std::vector<TrafficCall> reconcile(const std::vector<WantedBackend>& wanted,
                                   const std::vector<ListedBackend>& listed);

/// The listed entry of `backend`: that of its group, else the one without a group at its address.
/// Null if there is none. Valid as long as `listed` is.
const ListedBackend* find_listed(const std::vector<ListedBackend>& listed, const Backend& backend);

}  // namespace spillway
