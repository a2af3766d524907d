// Where a service's tasks may run, and how many more would find a place: what Swarm's scheduler
// checks (constraints, reservations, replicas per node, host ports), from a listing. Pure.
#pragma once

#include <string_view>

#include "controller/cluster/docker_swarm/listing.hpp"

namespace spillway::docker_swarm {

/// `node.role == manager`, `node.labels.zone != a`, `engine.labels.x == y`, `node.hostname`,
/// `node.id`, `node.platform.os`, `node.platform.arch`. Values compare without case, as in Swarm.
/// A constraint that cannot be understood holds nowhere: Swarm would refuse it as well.
bool holds(std::string_view constraint, const Node& node);

/// True if every constraint of `task` holds on `node`.
bool suits(const TaskSpec& task, const Node& node);

/// How many further tasks of `service` the nodes can take now, beside what is placed on them.
/// `wanted` is the most that is of interest: without reservations any number fits.
int fitting(const Service& service, const Listing& listing, int wanted);

}  // namespace spillway::docker_swarm
