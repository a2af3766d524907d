// The OAuth 2 side of the authority: token requests and discovery documents.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "tests/emulator/authority.hpp"
#include "tests/emulator/client_assertion.hpp"
#include "tests/emulator/text.hpp"
#include "tests/emulator/world.hpp"

namespace spillway::emulator {
namespace authority_calls {
namespace {

namespace json = boost::json;

/// An OAuth error with its AADSTS number: not ARM's shape, but what identity clients parse.
Response token_error(const Call& call, unsigned status, std::string_view error, int number,
                     std::string_view text) {
  const std::string trace{call.world.new_guid()}, correlation{call.world.new_guid()};
  const std::string at{to_string(call.world.shown(call.world.now()))};
  return json_response(
      status, {{"error", error},
               {"error_description",
                fmt::format("AADSTS{}: {} Trace ID: {} Correlation ID: {} Timestamp: {}", number,
                            text, trace, correlation, at)},
               {"error_codes", json::array{number}},
               {"timestamp", at},
               {"trace_id", trace},
               {"correlation_id", correlation},
               {"error_uri", fmt::format("{}/error?code={}", call.request.base_url, number)}});
}

std::string field(const Fields& form, std::string_view name) {
  for (const auto& [key, value] : form) {
    if (key == name) return value;
  }
  return {};
}

/// The resource a token is for: `scope` in v2, `resource` in v1. Empty if it is malformed.
std::string audience_of(const Fields& form) {
  std::string resource{field(form, "resource")};
  if (!resource.empty()) return resource;
  constexpr std::string_view suffix{"/.default"};
  const std::string scope{field(form, "scope")};
  // MSAL adds openid, profile and offline_access to the scope of some flows.
  for (std::string_view left{scope}; !left.empty();) {
    const std::string_view word{left.substr(0, left.find(' '))};
    left.remove_prefix(std::min(left.size(), word.size() + 1));
    if (word.ends_with(suffix)) return std::string{word.substr(0, word.size() - suffix.size())};
  }
  return {};
}

/// Some OAuth libraries send id and secret as HTTP Basic credentials, each percent-encoded.
void take_basic_credentials(const Call& call, Fields& form) {
  const std::string* header{find_header(call.request.headers, "Authorization")};
  if (header == nullptr || !equal_text(std::string_view{*header}.substr(0, 6), "Basic ")) return;
  std::string text{header->substr(6)};
  std::replace(text.begin(), text.end(), '+', '-');
  std::replace(text.begin(), text.end(), '/', '_');
  while (text.ends_with('=')) text.pop_back();
  const auto decoded{from_base64_url(text)};
  if (!decoded || decoded->find(':') == std::string::npos) return;
  const std::size_t colon{decoded->find(':')};
  const auto read{parse_form("client_id=" + decoded->substr(0, colon) +
                             "&client_secret=" + decoded->substr(colon + 1))};
  if (read) form.insert(form.begin(), read->begin(), read->end());
}

/// The URLs under which clients know the token endpoint: what an assertion is addressed to. Go's
/// ADAL means its own with the query.
std::vector<std::string> own_audiences(const Call& call, const Client& client) {
  const std::string& base{call.request.base_url};
  std::vector<std::string> known{base + call.request.target, base + call.url.path,
                                 base + "/adfs/oauth2/token", base + "/adfs"};
  for (const auto rest : {"/oauth2/v2.0/token", "/oauth2/token", "/v2.0", "/"}) {
    known.push_back(base + "/" + client.tenant + rest);
  }
  return known;
}

/// Why the client has not proved who it is: secret or assertion missing or wrong.
std::optional<Response> refused(const Call& call, const Fields& form, const Client& client) {
  const std::string assertion{field(form, "client_assertion")};
  if (!assertion.empty()) {
    if (field(form, "client_assertion_type") !=
        "urn:ietf:params:oauth:client-assertion-type:jwt-bearer") {
      return token_error(call, 400, "invalid_request", 900144,
                         "The request body must contain the following parameter: "
                         "'client_assertion_type'.");
    }
    const auto error{check_assertion(assertion, client, own_audiences(call, client),
                                     call.world.shown(call.world.now()))};
    if (!error) return std::nullopt;
    return token_error(call, 401, "invalid_client", error->number, error->text);
  }
  if (field(form, "client_secret").empty()) {
    return token_error(call, 401, "invalid_client", 7000218,
                       "The request body must contain the following parameter: 'client_assertion' "
                       "or 'client_secret'.");
  }
  if (client.secret.empty() || field(form, "client_secret") != client.secret) {
    return token_error(
        call, 401, "invalid_client", 7000215,
        fmt::format("Invalid client secret provided. Ensure the secret being sent in "
                    "the request is the client secret value, not the client secret "
                    "ID, for a secret added to app '{}'.",
                    client.id));
  }
  return std::nullopt;
}

Response token(const Call& call, const std::string& tenant, bool number_strings) {
  auto form{parse_form(call.request.body)};
  if (!form) {
    return token_error(call, 400, "invalid_request", 900144, "The request body is not a form.");
  }
  take_basic_credentials(call, *form);
  for (const auto name : {"grant_type", "client_id"}) {
    if (field(*form, name).empty()) {
      return token_error(
          call, 400, "invalid_request", 900144,
          fmt::format("The request body must contain the following parameter: '{}'.", name));
    }
  }
  if (!tenant.empty() && !call.authority.knows_tenant(tenant)) {
    return token_error(call, 400, "invalid_request", 90002,
                       fmt::format("Tenant '{}' not found. Check to make sure you have the correct "
                                   "tenant ID and are signing into the correct cloud.",
                                   tenant));
  }
  if (field(*form, "grant_type") != "client_credentials") {
    return token_error(call, 400, "unsupported_grant_type", 70003,
                       fmt::format("The app requested an unsupported grant type '{}'.",
                                   field(*form, "grant_type")));
  }
  const Client* client{call.authority.find_client(field(*form, "client_id"))};
  if (client == nullptr || (!tenant.empty() && !equal_text(client->tenant, tenant))) {
    return token_error(
        call, 400, "unauthorized_client", 700016,
        fmt::format("Application with identifier '{}' was not found in the directory "
                    "'{}'.",
                    field(*form, "client_id"), tenant));
  }
  if (auto refusal{refused(call, *form, *client)}) return *std::move(refusal);
  const std::string audience{audience_of(*form)};
  if (audience.empty()) {
    return token_error(call, 400, "invalid_scope", 1002012,
                       "The provided value for scope is not valid. Client credential flows must "
                       "have a scope value with /.default suffixed to the resource identifier.");
  }
  const TimePoint now{call.world.shown(call.world.now())};
  const auto issued{call.authority.issue(call.request.base_url, *client, audience, now)};
  json::object body{{"token_type", "Bearer"},
                    {"expires_in", issued.expires_in},
                    {"ext_expires_in", issued.expires_in},
                    {"access_token", issued.text}};
  if (number_strings) {
    // The v1 endpoint writes its numbers as strings and says when and for what.
    const auto epoch{
        std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count()};
    body["expires_in"] = std::to_string(issued.expires_in);
    body["ext_expires_in"] = std::to_string(issued.expires_in);
    body["expires_on"] = std::to_string(epoch + issued.expires_in);
    body["not_before"] = std::to_string(epoch);
    body["resource"] = audience;
  }
  Response response{json_response(200, body)};
  response.headers.emplace_back("Cache-Control", "no-store, no-cache");
  response.headers.emplace_back("Pragma", "no-cache");
  return response;
}

Response token_v2(const Call& call) {
  return token(call, call.capture("tenant"), false);
}

Response token_v1(const Call& call) {
  return token(call, call.capture("tenant"), true);
}

/// AD FS knows no tenants: the client alone decides.
Response token_adfs(const Call& call) {
  return token(call, "", false);
}

json::object discovery(const std::string& issuer, const std::string& endpoint_base) {
  return {{"issuer", issuer},
          {"authorization_endpoint", endpoint_base + "/authorize"},
          {"token_endpoint", endpoint_base + "/token"},
          {"device_authorization_endpoint", endpoint_base + "/devicecode"},
          {"end_session_endpoint", endpoint_base + "/logout"},
          {"jwks_uri", endpoint_base + "/keys"},
          {"token_endpoint_auth_methods_supported",
           json::array{"client_secret_post", "private_key_jwt", "client_secret_basic"}},
          {"response_modes_supported", json::array{"query", "fragment", "form_post"}},
          {"response_types_supported", json::array{"code", "id_token", "token"}},
          {"scopes_supported", json::array{"openid", "profile", "email", "offline_access"}},
          {"subject_types_supported", json::array{"pairwise"}},
          {"id_token_signing_alg_values_supported", json::array{"RS256"}},
          {"request_uri_parameter_supported", false}};
}

Response openid_v2(const Call& call) {
  const std::string& tenant{call.capture("tenant")};
  const bool generic{equal_text(tenant, "common") || equal_text(tenant, "organizations")};
  if (!generic && !call.authority.knows_tenant(tenant)) {
    return token_error(call, 400, "invalid_tenant", 90002,
                       fmt::format("Tenant '{}' not found.", tenant));
  }
  const std::string base{call.request.base_url + "/" + tenant};
  json::object body{discovery(base + "/v2.0", base + "/oauth2/v2.0")};
  body["tenant_region_scope"] = "NA";
  return json_response(200, body);
}

Response openid_adfs(const Call& call) {
  const std::string base{call.request.base_url + "/adfs"};
  return json_response(200, discovery(base, base + "/oauth2"));
}

Response instance_discovery(const Call& call) {
  const std::string base{call.request.base_url};
  const std::string host{base.substr(base.find("://") + 3)};
  const std::string tenant{call.world.options.tenant};
  return json_response(200,
                       {{"tenant_discovery_endpoint",
                         fmt::format("{}/{}/v2.0/.well-known/openid-configuration", base, tenant)},
                        {"api-version", "1.1"},
                        {"metadata", json::array{{{"preferred_network", host},
                                                  {"preferred_cache", host},
                                                  {"aliases", json::array{host}}}}}});
}

/// Tokens are signed with a secret key, so there is no public one to publish.
Response keys(const Call&) {
  return json_response(200, {{"keys", json::array{}}});
}

constexpr std::array routes{
    Route{"POST", "/adfs/oauth2/token", "Token", Versions::none, token_adfs},
    Route{"POST", "/adfs/oauth2/v2.0/token", "Token", Versions::none, token_adfs},
    Route{"POST", "/adfs/adfs/oauth2/token", "Token", Versions::none, token_adfs},
    Route{"GET", "/adfs/.well-known/openid-configuration", "OpenId", Versions::none, openid_adfs},
    Route{"GET", "/adfs/adfs/.well-known/openid-configuration", "OpenId", Versions::none,
          openid_adfs},
    Route{"GET", "/adfs/oauth2/keys", "OpenId", Versions::none, keys},
    Route{"GET", "/common/discovery/instance", "InstanceDiscovery", Versions::none,
          instance_discovery},
    Route{"POST", "/{tenant}/oauth2/v2.0/token", "Token", Versions::none, token_v2},
    Route{"POST", "/{tenant}/oauth2/token", "Token", Versions::none, token_v1},
    // Ruby's ms_rest_azure sends its form with a GET.
    Route{"GET", "/{tenant}/oauth2/token", "Token", Versions::none, token_v1},
    Route{"GET", "/{tenant}/v2.0/.well-known/openid-configuration", "OpenId", Versions::none,
          openid_v2},
    Route{"GET", "/{tenant}/.well-known/openid-configuration", "OpenId", Versions::none, openid_v2},
    Route{"GET", "/{tenant}/discovery/v2.0/keys", "OpenId", Versions::none, keys},
    Route{"GET", "/{tenant}/oauth2/v2.0/keys", "OpenId", Versions::none, keys},
};

}  // namespace
}  // namespace authority_calls

std::span<const Route> authority_routes() {
  return authority_calls::routes;
}

}  // namespace spillway::emulator
