// Which workloads open the virtual node: their policies want more than the cluster has. Pure.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "controller/loop/status.hpp"

namespace spillway::wiring {

/// How many of `names` ask for more replicas than the base has ready or will start by itself. What
/// counts is the policies' word before limits: a workload whose pods Kubernetes places has
/// `max_burst: 0`. Nothing while `status` is null, or while one of them is blind and none of the
/// others wants more: in doubt the node stays as it is.
std::optional<int> wanting_workloads(const std::shared_ptr<const Status>& status,
                                     const std::vector<std::string>& names);

}  // namespace spillway::wiring
