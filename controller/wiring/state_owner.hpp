// Whose groups the state has in its records: under another owner tag they would be somebody else's,
// never touched again, and charged for for ever.
#pragma once

#include "controller/core/error.hpp"
#include "controller/core/units.hpp"
#include "controller/settings/config.hpp"
#include "controller/state/store.hpp"

namespace spillway::wiring {

/// Takes the state over for the owner of `config`, if there is one. Errors: bad_request, while
/// groups, pods of a virtual node or standby pools of another owner may be there; those of the
/// store. State of a version before names no owner: then it is the one of `config`.
Result<void> claim_state(const settings::Config& config, Store& store, TimePoint now);

}  // namespace spillway::wiring
