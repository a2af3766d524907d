// What the API is told about a pod that is a container group. Pure: the pod and the group in, the
// status out.
#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>

#include "controller/core/units.hpp"
#include "controller/provider/burst_provider.hpp"

namespace spillway::virtual_node {

enum class PodPhase { pending, running, failed, succeeded };

/// What is known of one pod's group.
struct PodState {
  PodPhase phase{PodPhase::pending};
  bool is_ready{false};  ///< our own probe passed
  std::string ip{};
  int restarts{0};
  std::string reason{};  ///< CamelCase
  std::string message{};
  std::optional<TimePoint> started_at{};

  bool operator==(const PodState&) const = default;
};

/// `before` carries on what a look does not tell. A group that ended has failed, unless its pod
/// never restarts: then it has succeeded; `is_probed` is our own probe's last word.
PodState state_of(const PodState& before, const ProviderGroup& group, bool is_probed,
                  bool runs_to_completion, TimePoint now);

/// The strategic merge patch of `/status`. `pod` is the object as the API has it.
std::string status_patch(const boost::json::object& pod, const PodState& state, TimePoint now);

}  // namespace spillway::virtual_node
