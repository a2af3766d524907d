// The metric sources of a config, built from their settings, and who reads them.
#pragma once

#include <memory>

#include "controller/settings/config.hpp"
#include "controller/wiring/wiring.hpp"
#include "metrics/signal_reader.hpp"
#include "metrics/work_reader.hpp"

namespace spillway::wiring {

/// Reads the signals of all workloads; only sources that some signal needs are built. `outside`
/// must outlive it. Errors: bad_request for signals that cannot be planned; those of the adapters,
/// with the name of the section.
Result<std::shared_ptr<SignalReader>> make_reader(Outside& outside, const settings::Config& config);

/// Reads what the workers of workloads with `replica.busy` have in hand, over sources of its own.
/// `outside` must outlive it. Errors: as those of `make_reader`.
Result<std::shared_ptr<WorkReader>> make_work_reader(Outside& outside,
                                                     const settings::Config& config);

}  // namespace spillway::wiring
