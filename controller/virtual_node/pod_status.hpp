// What the API is told about a pod that is a container group, and what it says itself. Pure: the
// pod and the group in, the status out.
#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <vector>

#include "controller/core/units.hpp"
#include "controller/provider/burst_provider.hpp"
#include "controller/virtual_node/pod_shape.hpp"

namespace spillway::virtual_node {

enum class PodPhase { pending, running, failed, succeeded };

/// What is known of one pod's group.
struct PodState {
  PodPhase phase{PodPhase::pending};
  bool is_ready{false};  ///< it takes traffic: all containers run, and the probe passes
  std::string ip{};
  std::string reason{};  ///< CamelCase
  std::string message{};
  std::optional<TimePoint> started_at{};
  std::vector<ProviderContainer> containers{};  ///< by the pod's names; empty: none seen yet

  bool operator==(const PodState&) const = default;
};

inline bool is_over(const PodState& state) {
  return state.phase == PodPhase::failed || state.phase == PodPhase::succeeded;
}

/// `before` carries on what a look does not tell. The phase is Kubernetes' own: a pod that restarts
/// on failure or never is over once all its containers have ended for good, and has succeeded if
/// each exit code is known to be 0; one that always restarts never succeeds. `is_probed` is our own
/// probe's last word.
PodState state_of(const PodState& before, const ProviderGroup& group, const PodShape& shape,
                  bool is_probed, TimePoint now);

/// Whether a pod whose probe says this takes traffic: it runs, and so do all of its containers.
bool takes_traffic(const PodState& state, bool is_probed);

/// What the API says of `pod`, as the state to go on from after a restart.
PodState state_in(const boost::json::object& pod);

/// The strategic merge patch of `/status`; nothing if `pod`, the object as the API has it, says all
/// that already. Times of what has not changed stay those of `pod`.
std::optional<std::string> status_patch(const boost::json::object& pod, const PodState& state,
                                        TimePoint now);

}  // namespace spillway::virtual_node
