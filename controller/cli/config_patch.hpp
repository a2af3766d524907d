// Settings of a workload as a patch of the file that it is written in.
#pragma once

#include <map>
#include <optional>
#include <string>

namespace spillway::cli {

/// A unified diff of the config file that sets `values` (by path in the workload:
/// `policies[0].late_price_cap`, texts as in YAML). It has been tried: the file so changed is
/// valid, and differs from the present one in these settings alone. Nothing if there is no such
/// change.
std::optional<std::string> config_patch(const std::string& config_path, const std::string& workload,
                                        const std::map<std::string, std::string>& values);

}  // namespace spillway::cli
