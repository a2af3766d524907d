// The balancers of a config, built from their settings.
#pragma once

#include <map>
#include <memory>
#include <string>

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

}  // namespace spillway::wiring
