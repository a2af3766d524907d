// What a query of the config asks of the rest of it: a source, labels for its placeholders, and an
// interval that its readings outlive.
#pragma once

#include "controller/settings/check_context.hpp"

namespace spillway::settings {

void check_shared_queries(CheckContext& context);

/// A query of a workload, with placeholders, which the workload's labels replace. `steps` lead to
/// it.
void check_own_signal(CheckContext& context, const Steps& steps, const SignalSettings& signal,
                      const WorkloadConfig& workload);

}  // namespace spillway::settings
