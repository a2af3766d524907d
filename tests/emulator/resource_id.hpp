// Names of Azure resources: `/subscriptions/S/resourceGroups/G/providers/N/T/NAME`. Ids compare
// without case, so the lower-case id is the key of everything that is kept by its id.
#pragma once

#include <string>
#include <string_view>

#include "tests/emulator/router.hpp"

namespace spillway::emulator {

struct ResourceName {
  std::string subscription;
  std::string resource_group;
  std::string type;  ///< `Microsoft.StandbyPool/standbyContainerGroupPools`
  std::string name;

  std::string id() const;
  std::string key() const;
};

/// From the captures `subscription`, `resourceGroup` and `name` of a call.
ResourceName called_resource(const Call& call, std::string_view type);

/// `/subscriptions/s/resourcegroups/g/`, in lower case: what the keys of a resource group's content
/// begin with.
std::string resource_group_prefix(std::string_view subscription, std::string_view resource_group);

/// `/subscriptions/s/`, likewise.
std::string subscription_prefix(std::string_view subscription);

/// 404 ResourceNotFound in ARM's words.
ArmError resource_not_found(const ResourceName& name);

}  // namespace spillway::emulator
