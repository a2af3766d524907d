// What `kubectl describe pod` shows at its end: an Event for each turn that a pod on this node
// takes. Pure: what the API said and what it is told now in, the Event out.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "controller/core/units.hpp"
#include "controller/kubernetes/objects.hpp"
#include "controller/virtual_node/pod_status.hpp"

namespace spillway::virtual_node {

struct PodEvent {
  bool is_warning{false};
  std::string reason{};  ///< CamelCase
  std::string message{};

  bool operator==(const PodEvent&) const = default;
};

/// Nothing if the two differ in nothing that a person would want to read about. `group` is the name
/// of the pod's container group.
std::optional<PodEvent> event_of(const PodState& before, const PodState& after,
                                 std::string_view group);

/// The body of the POST to the pod's namespace.
std::string event_body(const kubernetes::Metadata& pod, const PodEvent& event,
                       std::string_view node, TimePoint now);

}  // namespace spillway::virtual_node
