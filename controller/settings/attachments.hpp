// Fetches what policies name and do not hold themselves, scripts and time zones, and hands it to
// them, so that what decides stays a pure function of values.
#pragma once

#include "controller/settings/config.hpp"
#include "controller/settings/environment.hpp"
#include "controller/settings/node.hpp"

namespace spillway::settings {

/// The largest script, and the largest time zone file, that is read.
inline constexpr std::size_t script_bytes_max{256U << 10U};
inline constexpr std::size_t time_zone_bytes_max{64U << 10U};

/// Attaches to every policy of `config`, which was read from `root`. Files are relative to the
/// config file that names them; time zones come from $TZDIR, or /usr/share/zoneinfo. Whatever
/// cannot be read or used is a complaint, in the script itself if it has a place there. Says
/// nothing about policies that the reader has already complained about.
void attach_to_policies(Config& config, const Node& root, const Environment& environment,
                        Complaints& complaints);

/// The same for a workload alone, whose section is `root`.
void attach_to_policies(WorkloadConfig& workload, const Node& root, const Environment& environment,
                        Complaints& complaints);

/// The same for a policy alone, whose section is `root`. Its section is in no file, so its script
/// is relative to the working directory.
void attach_to_policy(PolicyDraft& policy, const Node& root, const Environment& environment,
                      Complaints& complaints);

}  // namespace spillway::settings
