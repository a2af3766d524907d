// The parts of Resource Manager around container groups: subscriptions, tenants, regions,
// providers, resource groups and the metadata by which clients find their way.
#pragma once

#include <span>

#include "tests/emulator/router.hpp"

namespace spillway::emulator {

std::span<const Route> subscription_routes();
std::span<const Route> resource_group_routes();

}  // namespace spillway::emulator
