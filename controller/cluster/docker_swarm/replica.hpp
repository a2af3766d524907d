// What a burst replica of a service is: the template from its specification. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/cluster/docker_swarm/listing.hpp"
#include "controller/cluster/docker_swarm/settings.hpp"
#include "controller/core/derived_replica.hpp"

namespace spillway::docker_swarm {

/// The image's entry point where it is known: a service's arguments go to it, while a container
/// group has one command for both.
using Entrypoint = std::optional<std::vector<std::string>>;

/// Image (a digest stays, as it is what the cluster runs; the tag beside it goes), command,
/// environment, resources (limits, else reservations), ports, health check, tmpfs, secrets.
/// Whatever a container group cannot have is in `left_out`, with the reason.
DerivedReplica derived_replica(const TaskSpec& task, const std::vector<PortSpec>& ports,
                               const Settings& settings, const Entrypoint& entrypoint);

/// `name:tag@sha256:...` as `name@sha256:...`: both at once mean the digest, and not every
/// registry client takes them.
std::string pinned_image(std::string_view image);

/// `*` stands for anything, case counts.
bool matches(std::string_view pattern, std::string_view text);

}  // namespace spillway::docker_swarm
