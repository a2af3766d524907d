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
#include "controller/core/replica_template.hpp"
#include "controller/core/units.hpp"
#include "controller/io/signer.hpp"
#include "controller/provider/aci/azure_cloud.hpp"
#include "controller/provider/aci/rate_limits.hpp"
#include "controller/provider/aci/retail_prices.hpp"

namespace spillway::aci {

enum class IdentityKind {
  automatic,
  client_secret,
  client_certificate,
  workload_identity,
  managed_identity
};

/// One region to burst into. What is left empty is that of the provider.
struct PlaceSettings {
  std::string subscription{};
  std::string resource_group{};
  std::string region{};
  std::vector<std::string> zones{};  ///< empty: Azure chooses
  bool falls_back_from_zones{false};
  Priority priority{Priority::regular};
  Duration latency{};  ///< a round trip from the cluster; 0: measured by probes
  /// For workloads in a subnet: the one of this region. Empty: the workload's own.
  std::string subnet_id{};
  std::optional<HourlyPrice> vcpu_price{};
  std::optional<HourlyPrice> memory_gb_price{};

  bool operator==(const PlaceSettings&) const = default;
};

struct AciSettings {
  static constexpr std::string_view type{"aci"};

  std::string subscription{};    ///< empty: AZURE_SUBSCRIPTION_ID
  std::string resource_group{};  ///< must exist; one of its own makes the role assignment simple
  std::string region{};
  std::vector<std::string> zones{};     ///< empty: Azure chooses
  std::vector<PlaceSettings> places{};  ///< instead of region and zones, best first

  AzureCloud cloud{AzureCloud::public_cloud};
  std::string endpoint{};   ///< empty: the cloud's Resource Manager
  std::string authority{};  ///< empty: AZURE_AUTHORITY_HOST, else the cloud's
  std::string audience{};   ///< of tokens, no slash last; empty: the cloud's Resource Manager

  IdentityKind identity{IdentityKind::automatic};
  std::string tenant{};                       ///< empty: AZURE_TENANT_ID
  std::string client_id{};                    ///< empty: AZURE_CLIENT_ID
  std::string client_secret{};                ///< empty: AZURE_CLIENT_SECRET
  std::string client_certificate{};           ///< path; AZURE_CLIENT_CERTIFICATE_PATH
  std::string client_certificate_password{};  ///< AZURE_CLIENT_CERTIFICATE_PASSWORD
  bool send_certificate_chain{false};         ///< AZURE_CLIENT_SEND_CERTIFICATE_CHAIN
  io::SignatureKind signature{io::SignatureKind::ps256};
  std::string federated_token_file{};  ///< path; AZURE_FEDERATED_TOKEN_FILE
  std::string identity_resource_id{};  ///< of a user-assigned managed identity
  // From the environment alone:
  std::string token_credentials{};  ///< AZURE_TOKEN_CREDENTIALS
  bool is_tenant_from_environment{false};
  std::string identity_endpoint{};  ///< IDENTITY_ENDPOINT
  std::string identity_header{};    ///< IDENTITY_HEADER
  std::string metadata_endpoint{};  ///< AZURE_POD_IDENTITY_AUTHORITY_HOST

  std::string ca_file{};  ///< PEM; empty: the system's authorities
  std::string api_version{"2025-09-01"};
  Duration timeout{std::chrono::seconds{30}};  ///< of one request

  WindowLimits creates{};
  WindowLimits deletes{};

  /// CSV as `spillway prices --write` makes it; empty: the dated one that is built in.
  std::string price_table{};
  std::string prices_endpoint{};  ///< of the Retail Prices API; empty: the cloud's
  double savings_plan{0.0};       ///< share that a savings plan takes off regular groups

  /// Retail prices of East US, standard, Linux, without tax: Azure Retail Prices API, 2026-10-09.
  std::optional<HourlyPrice> vcpu_price{HourlyPrice{usd(0.0405)}};
  std::optional<HourlyPrice> memory_gb_price{HourlyPrice{usd(0.00445)}};
};

void describe(Fields& fields, AciSettings& settings);
void describe(Fields& fields, PlaceSettings& settings);

/// Looks a variable of the environment up; nothing if it is not set.
using Environment = std::function<std::optional<std::string>(std::string_view name)>;

/// `settings` with what is empty filled in from the environment, and the public cloud's authority
/// where neither names one.
AciSettings with_environment(AciSettings settings, const Environment& environment);

/// What is wrong with a value that `environment` would fill in and the reader of the settings has
/// not seen, with the variable's name; nothing if all is well, or nothing is filled in.
std::optional<std::string> environment_fault(const AciSettings& settings,
                                             const Environment& environment);

/// `settings` with the addresses of their cloud where they name none.
AciSettings with_cloud(AciSettings settings);

/// One sentence for each setting that is still missing after `with_environment`: the key and the
/// variable that would do. Empty if all is there.
std::vector<std::string> missing_settings(const AciSettings& settings);

/// The places of `settings` with nothing left empty: those of `places`, or the one of `region`.
std::vector<PlaceSettings> resolved_places(const AciSettings& settings);

/// Where groups may run: a region once, or once for each zone and then, if it falls back from
/// zones, once without.
std::vector<Place> places(const AciSettings& settings);

/// Where ARM keeps groups: a resource group of a subscription.
struct Scope {
  std::string subscription{};
  std::string resource_group{};

  auto operator<=>(const Scope&) const = default;
};

/// The scope of the groups in `place`; the provider's own for a place that is in no setting.
Scope scope_of(const AciSettings& settings, const Place& place);

/// Every scope once, in the order of the places.
std::vector<Scope> scopes(const AciSettings& settings);

/// The round trip that the settings tell; 0 if none.
Duration latency_of(const AciSettings& settings, const Place& place);

/// Where the list prices of the cloud in use are asked for; empty: nowhere. A test's endpoint has
/// none, unless the settings name one.
std::string price_list_of(const AciSettings& settings);

/// The list prices that came with the program, for public regions whose prices were not read yet.
/// None if the settings say what a vCPU costs, or another cloud is used.
PriceBook dated_prices(const AciSettings& settings);

/// `replica` as it runs in `place`: with the subnet of its region, if it is in one.
ReplicaTemplate in_place(const AciSettings& settings, const Place& place, ReplicaTemplate replica);

/// The price of a group of `size` in `place`: the place's own setting, else the newest quote of
/// `book` less the savings plan, else the provider's setting, which by default is the list price of
/// East US (and 30 % of it on Spot). Azure counts at least 1 vCPU and 1 GB. Example: 1 vCPU and 1.5
/// GB at the defaults cost 0.047175 USD per hour.
HourlyPrice price_of(const AciSettings& settings, const Place& place, PriceKind kind,
                     const GroupSize& size, const PriceBook& book);

/// `https://...`, or `http://` on loopback only: everything else would carry the token in clear.
bool is_endpoint_url(std::string_view text);

/// 1-90 letters, digits, `-`, `_`, `.`, `(`, `)`, no `.` last.
bool is_resource_group_name(std::string_view name);

}  // namespace spillway::aci
