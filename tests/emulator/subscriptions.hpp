// The parts of Resource Manager around container groups: subscriptions, tenants, regions,
// providers, resource groups, the metadata by which clients find their way; and what is beside it.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "tests/emulator/router.hpp"

namespace spillway::emulator {

/// Whether a provider of that name is registered, as the list of providers has it.
bool has_provider(std::string_view name);

/// 409 MissingSubscriptionRegistration for a write to a provider that was unregistered.
std::optional<ArmError> missing_registration(const Call& call);

/// 409 ScopeLocked for a delete, or any write, below a lock that forbids it.
std::optional<ArmError> locked(const Call& call, std::string_view operation);

std::span<const Route> access_routes();  ///< identities, role assignments, locks
std::span<const Route> subscription_routes();
std::span<const Route> resource_group_routes();
std::span<const Route> instance_metadata_routes();  ///< managed identities: tokens, where we are
std::span<const Route> retail_price_routes();       ///< prices.azure.com

}  // namespace spillway::emulator
