// Handlers of Microsoft.ContainerInstance: groups, their containers, operations, regions.
#pragma once

#include <optional>
#include <span>

#include "tests/emulator/router.hpp"
#include "tests/emulator/world.hpp"

namespace spillway::emulator {

std::span<const Route> container_group_routes();   ///< create, read, list, tag, delete
std::span<const Route> container_action_routes();  ///< start, stop, restart, logs, exec, attach
std::span<const Route> operation_routes();         ///< what long-running operations are polled at
std::span<const Route> region_routes();            ///< usages, capabilities, cached images

/// The key of the group that the captures of `call` name.
std::string called_group(const Call& call);

/// 404 ResourceGroupNotFound unless the resource group of `call` exists.
std::optional<ArmError> missing_resource_group(const Call& call);

ArmError group_not_found(const Call& call);
ArmError group_transitioning(const Group& group);

/// Adds the polling headers that are configured, and Retry-After.
void add_polling(const Call& call, const Operation& operation, Response& response);

}  // namespace spillway::emulator
