// The clusters of a config, built from their settings.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "controller/cluster/cluster.hpp"
#include "controller/settings/config.hpp"
#include "controller/wiring/wiring.hpp"

namespace spillway::wiring {

/// By the names under `clusters`. `outside` must outlive them. Errors: those of the adapters, with
/// the name of the section.
Result<std::map<std::string, std::shared_ptr<Cluster>>> make_clusters(
    Outside& outside, const settings::Config& config);

}  // namespace spillway::wiring
