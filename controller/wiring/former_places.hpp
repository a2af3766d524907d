// Which subscriptions and resource groups this state has been used with: one that left the settings
// may still hold groups and standby pools of ours, which Azure charges for, and no record says
// where a group's resource group is. State of a version before has no such memory.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <vector>

#include "controller/core/error.hpp"
#include "controller/core/finding.hpp"
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

/// For mode `observe`, in which nobody removes anything and so nobody would look: now and then, as
/// long as there is a former scope. Until it is cancelled; both must outlive it.
boost::asio::awaitable<void> watch_former_places(Provider& provider, io::Clock& clock);

/// What `spillway doctor` finds in the former scopes of the state of `config`, if it is there;
/// `provider` is made of `config`. All must outlive the coroutine.
boost::asio::awaitable<std::vector<Finding>> examine_former_places(Provider& provider,
                                                                   const settings::Config& config,
                                                                   Store& store,
                                                                   io::Deadline deadline);

}  // namespace spillway::wiring
