// Which subscriptions and resource groups this state has been used with: one that left the settings
// may still hold groups and standby pools of ours, which Azure charges for, and no record says
// where a group's resource group is. State of a version before has no such memory.
#pragma once

#include "controller/core/error.hpp"
#include "controller/core/units.hpp"
#include "controller/settings/config.hpp"
#include "controller/state/store.hpp"
#include "controller/wiring/wiring.hpp"

namespace spillway::wiring {

/// Has `provider`, made of `config`, look into the scopes that the store names and `config` does
/// not. For commands beside a controller: nothing is written. Errors: those of the store.
Result<void> look_in_former_places(Provider& provider, const settings::Config& config,
                                   Store& store);

/// The same for the controller: the scopes of `config` are in the store before anything can be
/// created in them, each former one is a warning, and leaves the store once it is empty. `store`
/// must outlive the provider's use.
Result<void> follow_places(Provider& provider, const settings::Config& config, Store& store,
                           TimePoint now);

}  // namespace spillway::wiring
