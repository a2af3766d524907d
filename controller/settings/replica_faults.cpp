#include "controller/settings/replica_faults.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace spillway::settings {

std::vector<aci::TemplateFault> replica_faults(const ReplicaConfig& config,
                                               const aci::AciSettings& azure) {
  std::vector<aci::TemplateFault> faults{aci::template_faults(config.replica, config.size)};
  const auto add{[&faults](aci::TemplateFault fault) {
    if (std::ranges::find(faults, fault) == faults.end()) faults.push_back(std::move(fault));
  }};
  std::vector<GroupSize> sizes{config.sizes};
  sizes.push_back(config.size);
  for (std::size_t i{0}; i < sizes.size(); ++i) {
    // A size of the list is blamed in the list.
    const auto placed{[&](aci::TemplateFault fault) {
      const bool is_of_size{!fault.path.empty() &&
                            (fault.path[0] == "vcpu" || fault.path[0] == "memory")};
      if (is_of_size && i < config.sizes.size()) {
        fault.path.insert(fault.path.begin(), {"sizes", std::to_string(i)});
      }
      return fault;
    }};
    for (auto& each : aci::template_faults(config.replica, sizes[i])) add(placed(std::move(each)));
    for (const spillway::Place& place : aci::places(azure)) {
      for (auto& each : aci::place_faults(config.replica, sizes[i], place)) {
        add(placed(std::move(each)));
      }
    }
  }
  std::erase_if(faults, [&](const aci::TemplateFault& fault) {
    return config.replica.image.empty() && fault.path == std::vector<std::string>{"image"};
  });
  return faults;
}

}  // namespace spillway::settings
