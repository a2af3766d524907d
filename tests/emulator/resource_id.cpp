#include "tests/emulator/resource_id.hpp"

#include <fmt/format.h>

#include "tests/emulator/text.hpp"

namespace spillway::emulator {

std::string ResourceName::id() const {
  return fmt::format("/subscriptions/{}/resourceGroups/{}/providers/{}/{}", subscription,
                     resource_group, type, name);
}

std::string ResourceName::key() const {
  return lower_text(id());
}

ResourceName called_resource(const Call& call, std::string_view type) {
  return {.subscription = call.capture("subscription"),
          .resource_group = call.capture("resourceGroup"),
          .type = std::string{type},
          .name = call.capture("name")};
}

std::string resource_group_prefix(std::string_view subscription, std::string_view resource_group) {
  return lower_text(
      fmt::format("/subscriptions/{}/resourcegroups/{}/", subscription, resource_group));
}

std::string subscription_prefix(std::string_view subscription) {
  return lower_text(fmt::format("/subscriptions/{}/", subscription));
}

ArmError resource_not_found(const ResourceName& name) {
  return not_found(
      "ResourceNotFound",
      fmt::format("The Resource '{}/{}' under resource group '{}' was not found. For more details "
                  "please go to https://aka.ms/ARMResourceNotFoundFix",
                  name.type, name.name, name.resource_group));
}

}  // namespace spillway::emulator
