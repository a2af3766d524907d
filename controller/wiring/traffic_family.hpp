// The balancers of a config, built from their settings.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "controller/settings/config.hpp"
#include "controller/traffic/http_sd/http_sd.hpp"
#include "controller/traffic/traffic.hpp"
#include "controller/wiring/wiring.hpp"

namespace spillway::wiring {

/// By the names under `traffic`; those that our own HTTP server shows are put into
/// `service_discovery`, too. `outside` must outlive them. Errors: those of the adapters, with the
/// name of the section.
Result<std::map<std::string, std::shared_ptr<Traffic>>> make_traffic(
    Outside& outside, const settings::Config& config,
    std::map<std::string, std::shared_ptr<http_sd::HttpSdTraffic>>& service_discovery);

/// One of them alone, for its own sake: nothing of it is shown by our HTTP server.
Result<std::shared_ptr<Traffic>> make_one_traffic(Outside& outside, const std::string& name,
                                                  const settings::TrafficConfig& config);

/// Where a balancer has what is ours, as texts: where one begins with the other, two have something
/// in common. None if nothing stays behind when the adapter is gone.
/// Reads which file a path really leads to, and which API server a kubeconfig names; what cannot be
/// found out is named as the settings name it.
std::vector<std::string> places_of(const settings::TrafficConfig& config);

/// The entries of HAProxy maps that a balancer keeps, as texts in the order of its `sockets`: each
/// is whole, none begins another. None without a map.
std::vector<std::string> entries_of(const settings::TrafficConfig& config);

}  // namespace spillway::wiring
