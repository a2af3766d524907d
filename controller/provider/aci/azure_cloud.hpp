// Azure's clouds: the public one and the sovereign ones, each with its own Resource Manager, login
// server and token audience. Pure.
#pragma once

#include <array>
#include <string_view>

namespace spillway::aci {

enum class AzureCloud { public_cloud, us_government, china };

/// The names that Azure's command line gives them, in the order of the enumerators.
inline constexpr std::array<std::string_view, 3> cloud_names{"AzureCloud", "AzureUSGovernment",
                                                             "AzureChinaCloud"};

struct CloudAddresses {
  std::string_view resource_manager{};  ///< origin; with a slash it is the audience of tokens
  std::string_view authority{};
  std::string_view prices{};  ///< origin of the Retail Prices API; empty: there is none
};

CloudAddresses addresses_of(AzureCloud cloud);

}  // namespace spillway::aci
