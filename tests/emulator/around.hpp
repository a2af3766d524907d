// Paths and bodies of what lies around container groups: profiles, standby pools, scale sets.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "tests/emulator/harness.hpp"

namespace spillway::emulator::around {

namespace json = boost::json;

inline const std::string subscription{"/subscriptions/00000000-0000-0000-0000-000000000000"};
inline const std::string place{subscription + "/resourceGroups/spillway"};

inline std::string at(const std::string& rest, const std::string& version) {
  return place + "/providers/" + rest + (rest.find('?') == std::string::npos ? "?" : "&") +
         "api-version=" + version;
}
inline std::string profile_path(const std::string& rest) {
  return at("Microsoft.ContainerInstance/containerGroupProfiles" + rest, "2025-09-01");
}
inline std::string pool_path(const std::string& rest) {
  return at("Microsoft.StandbyPool/standbyContainerGroupPools" + rest, "2025-10-01");
}
inline std::string set_path(const std::string& rest) {
  return at("Microsoft.Compute/virtualMachineScaleSets" + rest, "2024-07-01");
}

inline std::string send(Harness& cloud, std::string_view method, const std::string& target,
                        const json::value& body) {
  const Response response{cloud.send(method, target, json::serialize(body))};
  const std::string code{code_of(response)};
  return std::to_string(response.status) + (code.empty() ? "" : " " + code);
}

inline json::value small_profile(double cpu = 1) {
  json::value body(small_group(cpu));
  body.as_object()["tags"] = {{"team", "blue"}};
  return body;
}

inline json::value small_pool(int capacity, json::array zones = {}) {
  return {{"location", "eastus"},
          {"properties",
           {{"elasticityProfile", {{"maxReadyCapacity", capacity}}},
            {"containerGroupProperties",
             {{"containerGroupProfile",
               {{"id", place + "/providers/Microsoft.ContainerInstance/containerGroupProfiles/web"},
                {"revision", 1}}}}},
            {"zones", std::move(zones)}}}};
}

}  // namespace spillway::emulator::around
