// What a pod's own description says about how it runs and ends: its containers, when they start
// again, and when the pod takes traffic. What its containers are made of is
// kubernetes/pod_template.hpp. Pure.
#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <vector>

#include "controller/core/replica_template.hpp"
#include "controller/kubernetes/pod_probe.hpp"

namespace spillway::virtual_node {

struct PodShape {
  std::vector<std::string> containers{};  ///< names, in the pod's order
  std::string main{};                     ///< the one that is a group's main container
  RestartPolicy restart{RestartPolicy::always};
  /// Of the main container. Nothing: what runs is ready. By a command: likewise, since a container
  /// group does not tell what its own probes found.
  std::optional<kubernetes::PodProbe> readiness{};
  int first_port{0};  ///< of the main container; 0: it names none
};

/// Never fails: a field of the wrong type is an absent one, which the API server never writes.
PodShape shape_of(const boost::json::object& pod);

}  // namespace spillway::virtual_node
