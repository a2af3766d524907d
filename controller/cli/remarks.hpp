// What a valid configuration may still have got wrong: nothing that forbids a start, but a person
// should see it.
#pragma once

#include <string>
#include <vector>

#include "controller/settings/config.hpp"
#include "controller/settings/environment.hpp"

namespace spillway::cli {

/// A sentence each, in the order of the settings: regions that nobody has heard of, with the one
/// that was probably meant, regions whose price is not known and so taken to be another one's,
/// clusters whose `count` of replicas looks like one of machines or has a probe, images whose name
/// moves, queries with what only Grafana or nobody fills in, budgets whose cap of a longer
/// period is below that of a shorter one, and workloads whose policies all only limit the count.
std::vector<std::string> remarks_on(const settings::Config& config);

/// How many machines each workload's fixed `count` of base replicas stands for, where machines hold
/// several: said even when nothing is wrong, for a count of machines looks the same.
std::vector<std::string> counts_as_read(const settings::Config& config);

/// What `run` would lack here and now: a state directory that is a file, a recorded load that
/// cannot be read, a way to a Kubernetes API server or a login that the config leaves to the
/// environment and that `environment` does not have. No login in mode `act`, where it is an error,
/// as the config is of no use without it; else it may be checked where nobody is logged in.
std::vector<std::string> missing_to_run(const settings::Config& config,
                                        const settings::Environment& environment);

}  // namespace spillway::cli
