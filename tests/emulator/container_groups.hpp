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

std::span<const Route> exec_routes();       ///< exec, attach and their terminals
std::span<const Route> tag_routes();        ///< tags by the id of what is tagged
std::span<const Route> profile_routes();    ///< container group profiles
std::span<const Route> standby_routes();    ///< Microsoft.StandbyPool
std::span<const Route> scale_set_routes();  ///< Microsoft.Compute, as far as resizing goes

/// The body as a JSON object, or 400.
Outcome<boost::json::value> read_body(const Call& call);

/// `tags` of a PATCH body, checked; nothing if it has none.
Outcome<std::optional<boost::json::object>> patched_tags(const boost::json::value& body);

/// 400 LocationNotAvailableForResourceType if there is no such region.
std::optional<ArmError> unknown_region(const EmulatorOptions& options, const std::string& region,
                                       std::string_view type);

struct ContainerTarget {
  const Group* group;
  std::size_t container;
};

/// The container that the call names, or the error to answer.
Outcome<ContainerTarget> called_container(const Call& call);

/// The key of the group that the captures of `call` name.
std::string called_group(const Call& call);

/// 404 ResourceGroupNotFound unless the resource group of `call` exists.
std::optional<ArmError> missing_resource_group(const Call& call);

/// 409: nothing is made, not even the same name again, while a resource group is on its way out.
ArmError resource_group_deleting(const std::string& name);

ArmError group_not_found(const Call& call);
ArmError group_transitioning(const Group& group);

/// Adds the polling headers that are configured, and Retry-After.
void add_polling(const Call& call, const Operation& operation, Response& response);

/// The polling header of a resource group's deletion.
void add_resource_group_polling(const Call& call, const Operation& operation, Response& response);

/// The same in the one style that the provider in question has.
void add_polling(const Call& call, const Operation& operation, Response& response,
                 LroHeaders style);

}  // namespace spillway::emulator
