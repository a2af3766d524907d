// Balancers that an earlier run told about a workload's groups, and that today's config does not
// name for it any more: the workload left the config, or an entry of its `traffic`, or the backend
// changed, and then the controller was started anew. What it left there is taken out by the loop.
#pragma once

#include <string>

#include "controller/settings/config.hpp"
#include "controller/state/store.hpp"
#include "controller/wiring/wiring.hpp"

namespace spillway::wiring {

/// The settings of the balancers that a workload uses, for the store: YAML, without secrets.
std::string traffic_text(const settings::Config& config, const settings::WorkloadConfig& workload);

/// Adds to `assembly` the balancers that the store names for configured workloads and for those
/// that still have groups. One that cannot be built any more is told in the log. Errors: those of
/// the store.
Result<void> recall_traffic(Outside& outside, const settings::Config& config, Store& store,
                            Assembly& assembly);

/// Adds to `assembly`, which is made of `now`, the HAProxy maps whose entry a workload's balancer
/// followed by `before` and follows no more, while the balancer itself goes on: at a reload.
void recall_maps(Outside& outside, const settings::Config& before, const settings::Config& now,
                 Assembly& assembly);

}  // namespace spillway::wiring
