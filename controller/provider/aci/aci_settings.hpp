// What the config file says about burst capacity in Azure Container Instances. Identity and
// subscription left out of the file come from the environment, by the names Azure's own tools read.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/core/fields.hpp"
#include "controller/core/group.hpp"
#include "controller/core/units.hpp"
#include "controller/provider/aci/rate_limits.hpp"

namespace spillway::aci {

struct AciSettings {
  static constexpr std::string_view type{"aci"};

  std::string subscription{};    ///< empty: AZURE_SUBSCRIPTION_ID
  std::string resource_group{};  ///< must exist; one of its own makes the role assignment simple
  std::string region{};
  std::vector<std::string> zones{};  ///< empty: Azure chooses

  std::string endpoint{"https://management.azure.com"};
  std::string authority{};      ///< empty: AZURE_AUTHORITY_HOST, else the public cloud's
  std::string tenant{};         ///< empty: AZURE_TENANT_ID
  std::string client_id{};      ///< empty: AZURE_CLIENT_ID
  std::string client_secret{};  ///< empty: AZURE_CLIENT_SECRET
  std::string ca_file{};        ///< PEM; empty: the system's authorities
  std::string api_version{"2025-09-01"};
  Duration timeout{std::chrono::seconds{30}};  ///< of one request

  WindowLimits creates{};
  WindowLimits deletes{};

  /// Retail prices of East US, standard, Linux, without tax: Azure Retail Prices API, 2026-10-09.
  std::optional<HourlyPrice> vcpu_price{HourlyPrice{usd(0.0405)}};
  std::optional<HourlyPrice> memory_gb_price{HourlyPrice{usd(0.00445)}};
};

void describe(Fields& fields, AciSettings& settings);

/// Looks a variable of the environment up; nothing if it is not set.
using Environment = std::function<std::optional<std::string>(std::string_view name)>;

/// `settings` with what is empty filled in from the environment, and the public cloud's authority
/// where neither names one.
AciSettings with_environment(AciSettings settings, const Environment& environment);

/// One sentence for each setting that is still missing after `with_environment`: the key and the
/// variable that would do. Empty if all is there.
std::vector<std::string> missing_settings(const AciSettings& settings);

/// Where groups may run: the region once, or once for each zone.
std::vector<Place> places(const AciSettings& settings);

/// The price of a group of `size`, by the list price of its vCPUs and gigabytes. Azure counts at
/// least 1 vCPU and 1 GB. Example: 1 vCPU and 1.5 GB at the defaults cost 0.047175 USD per hour.
HourlyPrice price_of(const AciSettings& settings, const GroupSize& size);

/// `https://...`, or `http://` on loopback only: everything else would carry the token in clear.
bool is_endpoint_url(std::string_view text);

/// 1-90 letters, digits, `-`, `_`, `.`, `(`, `)`, no `.` last.
bool is_resource_group_name(std::string_view name);

}  // namespace spillway::aci
