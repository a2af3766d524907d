// The entries of the journal that led up to one of them: what a counterfactual is decided along.
#pragma once

#include <vector>

#include "controller/state/store.hpp"

namespace spillway::cli {

/// More are not read: of a controller that decides something new at every tick they are the last
/// ticks, and the course begins later.
inline constexpr int most_led{200};

/// The entries of the workload before `entry`, oldest first: those of `lead`, and the one before
/// them, which stands for the time until they begin; without those under other settings, and what
/// lies before them. Errors: the store's.
Result<std::vector<JournalEntry>> lead_up_to(Store& store, const JournalEntry& entry,
                                             Duration lead);

}  // namespace spillway::cli
