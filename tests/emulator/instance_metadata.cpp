// Managed identity as a virtual machine (IMDS), an App Service and a Cloud Shell have it: tokens
// without a secret, for whoever can reach the address and sends the header that a forged request
// cannot.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "tests/emulator/authority.hpp"
#include "tests/emulator/subscriptions.hpp"
#include "tests/emulator/text.hpp"
#include "tests/emulator/world.hpp"

namespace spillway::emulator {
namespace metadata_calls {
namespace {

namespace json = boost::json;

/// Not ARM's shape: `error` is a plain text.
Response identity_error(unsigned status, std::string_view error, std::string_view text) {
  return json_response(status, {{"error", error}, {"error_description", text}});
}

/// From the query; a POST has it in its form.
std::string query(const Call& call, std::string_view name) {
  if (const auto value{call.url.parameter(name)}) return *value;
  const auto form{parse_form(call.request.method == "POST" ? call.request.body : "")};
  for (const auto& [key, value] : form.value_or(Fields{})) {
    if (key == name) return value;
  }
  return {};
}

/// The identity that the query names; the only one if it names none.
Outcome<Identity> asked_identity(const Call& call) {
  std::vector<Identity> known{call.world.options.identities};
  if (known.empty()) known.push_back(default_identity(call.world.options));
  const std::string client{query(call, "client_id")}, object{query(call, "object_id")};
  std::string resource{query(call, "mi_res_id")};
  if (resource.empty()) resource = query(call, "msi_res_id");
  if (resource.empty()) resource = query(call, "mi_resid");
  if (client.empty() && object.empty() && resource.empty()) {
    // The system's own identity wins; several of the user's and none of it is ambiguous.
    const auto system{std::find_if(known.begin(), known.end(), [](const Identity& identity) {
      return identity.resource_id.empty();
    })};
    if (system != known.end()) return *system;
    if (known.size() == 1) return known.front();
    return bad_request("invalid_request",
                       "Multiple user assigned identities exist, please specify the clientId / "
                       "resourceId of the identity in the token request");
  }
  for (const Identity& identity : known) {
    if ((!client.empty() && equal_text(client, identity.client_id)) ||
        (!object.empty() && equal_text(object, identity.object_id)) ||
        (!resource.empty() && equal_text(resource, identity.resource_id))) {
      return identity;
    }
  }
  return bad_request("invalid_request", "Identity not found");
}

struct Issued {
  json::object body;
  std::string client_id;
};

Outcome<Issued> issue(const Call& call) {
  const std::string resource{query(call, "resource")};
  if (resource.empty()) {
    return bad_request("invalid_request",
                       "Required query variable 'resource' is missing or empty.");
  }
  const auto identity{asked_identity(call)};
  if (!identity) return identity.error();
  const TimePoint now{call.world.shown(call.world.now())};
  const Client client{.tenant = call.world.options.tenant, .id = identity->client_id, .secret = {}};
  const auto token{call.authority.issue(call.request.base_url, client, resource, now)};
  const auto epoch{std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch())};
  return Issued{.body = {{"access_token", token.text},
                         {"client_id", identity->client_id},
                         {"expires_on", std::to_string(epoch.count() + token.expires_in)},
                         {"resource", resource},
                         {"token_type", "Bearer"},
                         {"expires_in", std::to_string(token.expires_in)},
                         {"ext_expires_in", std::to_string(token.expires_in)},
                         {"not_before", std::to_string(epoch.count())}},
                .client_id = identity->client_id};
}

std::optional<Response> refused_as_forged(const Call& call) {
  const std::string* mark{find_header(call.request.headers, "Metadata")};
  if (mark == nullptr || *mark != "true") {
    return identity_error(400, "bad_request_102", "Required metadata header not specified");
  }
  if (find_header(call.request.headers, "X-Forwarded-For") != nullptr) {
    return identity_error(400, "bad_request_103", "The request was forwarded by a proxy");
  }
  return std::nullopt;
}

Response imds_token(const Call& call) {
  if (auto refusal{refused_as_forged(call)}) return *std::move(refusal);
  if (query(call, "api-version").empty()) {
    return json_response(
        400, {{"error", "Bad request. api-version was not specified in the request"},
              {"newest-versions", json::array{"2021-02-01", "2020-10-01", "2018-02-01"}}});
  }
  auto issued{issue(call)};
  if (!issued) return identity_error(400, issued.error().code, issued.error().message);
  return json_response(200, issued->body);
}

/// The few facts by which a client recognises that it runs in the cloud, and where.
Response imds_instance(const Call& call) {
  if (auto refusal{refused_as_forged(call)}) return *std::move(refusal);
  const EmulatorOptions& options{call.world.options};
  return json_response(200,
                       {{"compute",
                         {{"azEnvironment", "AzurePublicCloud"},
                          {"location", options.regions.front()},
                          {"name", "emulated-vm"},
                          {"osType", "Linux"},
                          {"provider", "Microsoft.Compute"},
                          {"resourceGroupName",
                           options.resource_groups.empty() ? "" : options.resource_groups.front()},
                          {"subscriptionId", options.subscriptions.front()},
                          {"vmId", "33333333-3333-3333-3333-333333333333"},
                          {"vmSize", "Standard_D2s_v5"}}},
                        {"network", {{"interface", json::array{}}}}});
}

/// App Service: the secret header is the one that the environment of the app holds.
Response app_service_token(const Call& call) {
  const std::string* header{find_header(call.request.headers, "X-IDENTITY-HEADER")};
  if (header == nullptr)
    header = find_header(call.request.headers, "secret");  // version 2017-09-01
  if (header == nullptr || *header != call.world.options.identity_header) {
    return json_response(
        401, {{"statusCode", 401}, {"message", "No X-IDENTITY-HEADER, or not that of this app"}});
  }
  auto issued{issue(call)};
  if (!issued) {
    return json_response(400, {{"statusCode", 400}, {"message", issued.error().message}});
  }
  for (const auto name : {"expires_in", "ext_expires_in", "not_before"}) issued->body.erase(name);
  return json_response(200, issued->body);
}

/// Cloud Shell (MSI_ENDPOINT without MSI_SECRET), and the VM extension that was before IMDS.
Response form_token(const Call& call) {
  if (auto refusal{refused_as_forged(call)}) return *std::move(refusal);
  auto issued{issue(call)};
  if (!issued) return identity_error(400, issued.error().code, issued.error().message);
  return json_response(200, issued->body);
}

constexpr auto open{Versions::none};
constexpr std::array routes{
    Route{"GET", "/metadata/identity/oauth2/token", "InstanceMetadata_Token", open, imds_token},
    Route{"GET", "/metadata/instance", "InstanceMetadata_Instance", open, imds_instance},
    Route{"GET", "/msi/token", "AppService_Token", open, app_service_token},
    Route{"POST", "/msi/token", "CloudShell_Token", open, form_token},
    Route{"POST", "/oauth2/token", "VmExtension_Token", open, form_token},
};

}  // namespace
}  // namespace metadata_calls

std::span<const Route> instance_metadata_routes() {
  return metadata_calls::routes;
}

}  // namespace spillway::emulator
