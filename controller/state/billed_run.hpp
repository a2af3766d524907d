// What a group record means for the bill. Pure; shared by every store.
#pragma once

#include <optional>

#include "controller/core/ledger.hpp"
#include "controller/state/store.hpp"

namespace spillway {

/// The charged stay of `record`; nothing if its create was never sent. A group that is gone without
/// a recorded end is charged until it was seen gone, or last looked at, and not for ever.
std::optional<BilledRun> billed_run(const GroupRecord& record);

}  // namespace spillway
