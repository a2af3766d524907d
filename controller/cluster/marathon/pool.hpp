// The base pool of one app and what its burst replicas are, from a listing. Pure.
#pragma once

#include <string_view>

#include "controller/cluster/marathon/listing.hpp"
#include "controller/cluster/marathon/settings.hpp"
#include "controller/core/derived_replica.hpp"
#include "controller/core/fleet.hpp"

namespace spillway::marathon {

/// Ready are healthy instances, or running ones where the app has no health check. Pending is what
/// the launch queue has waited for offers with for `offers_within`: no agent has room. Delayed
/// launches (the app failed too often) are neither: more of the same would fail as well. Marathon
/// tells nothing about agents.
BasePool pool_of(const App& app, const Listing& listing, Duration offers_within);

/// Image, command, environment, resources, ports, health check. Secrets by their source from the
/// settings. Whatever a container group cannot have is in `left_out`, with the reason.
DerivedReplica derived_replica(const App& app, const Settings& settings);

}  // namespace spillway::marathon
