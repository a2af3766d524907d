// One workload of the settings as the control loop takes it: its adapters by name, its offers with
// their prices, and what it decides by.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "controller/loop/workload.hpp"
#include "controller/provider/aci/aci_settings.hpp"
#include "controller/provider/aci/retail_prices.hpp"
#include "controller/settings/config.hpp"

namespace spillway::wiring {

/// The provider's settings with what they take from the environment. The section must be there.
aci::AciSettings aci_settings(const settings::Config& config);

/// All adapters that the workload names must be in `clusters` and `traffic`. A workload whose
/// replica comes from its cluster keeps `config` and `prices`, and takes the template when it is
/// known.
std::shared_ptr<Workload> make_workload(
    const std::string& name, const settings::WorkloadConfig& workload,
    const std::shared_ptr<const settings::Config>& config,
    const std::map<std::string, std::shared_ptr<Cluster>>& clusters,
    const std::map<std::string, std::shared_ptr<Traffic>>& traffic,
    const std::shared_ptr<aci::PriceBook>& prices);

}  // namespace spillway::wiring
