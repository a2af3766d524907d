#include "controller/provider/aci/identity.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "controller/io/http.hpp"
#include "controller/io/url.hpp"
#include "controller/provider/aci/managed_identity.hpp"
#include "controller/provider/aci/text.hpp"
#include "controller/provider/aci/token_endpoint.hpp"

namespace spillway::aci {

namespace {

constexpr std::array<std::string_view, 5> identity_words{
    "auto", "client_secret", "client_certificate", "workload_identity", "managed_identity"};
constexpr std::array<std::string_view, 2> signature_words{"PS256", "RS256"};
constexpr std::string_view metadata_service{"http://169.254.169.254"};

bool is_entra_id(std::string_view text) {
  return !text.empty() && text.size() <= 128 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.';
  });
}

TextRule identity_rule(std::string_view expected) {
  return {.max_length = 128, .expected = expected, .is_valid = is_entra_id};
}

constexpr std::array<std::string_view, 3> restriction_words{
    "EnvironmentCredential", "WorkloadIdentityCredential", "ManagedIdentityCredential"};

/// What AZURE_TOKEN_CREDENTIALS may say; `dev` has a complaint of its own.
bool is_known_restriction(std::string_view word) {
  if (word.empty() || equals_ignoring_case(word, "prod") || equals_ignoring_case(word, "dev")) {
    return true;
  }
  return std::ranges::any_of(restriction_words, [word](std::string_view known) {
    return equals_ignoring_case(word, known);
  });
}

/// The kinds that AZURE_TOKEN_CREDENTIALS leaves; all of them if it is empty or `prod`.
bool is_allowed(const AciSettings& settings, IdentityKind kind) {
  const std::string& only{settings.token_credentials};
  if (equals_ignoring_case(only, "EnvironmentCredential")) {
    return kind == IdentityKind::client_secret || kind == IdentityKind::client_certificate;
  }
  if (equals_ignoring_case(only, "WorkloadIdentityCredential")) {
    return kind == IdentityKind::workload_identity;
  }
  if (equals_ignoring_case(only, "ManagedIdentityCredential")) {
    return kind == IdentityKind::managed_identity;
  }
  return true;
}

/// On this machine or its own host only: such answers carry tokens in clear.
bool is_local_endpoint(const io::Url& url) {
  return url.scheme == "https" || url.host == "localhost" || url.host == "::1" ||
         (url.host.find_first_not_of("0123456789.") == std::string::npos &&
          (url.host.starts_with("127.") || url.host.starts_with("169.254.")));
}

/// As the login server writes itself: the usual port is left out.
std::string audience_of(const io::Url& url) {
  std::string text{io::origin(url)};
  const std::string_view port{url.scheme == "https" ? ":443" : ":80"};
  if (text.ends_with(port)) text.resize(text.size() - port.size());
  return text + url.target;
}

Result<ManagedIdentity> managed_identity(const AciSettings& settings) {
  const bool is_app_service{!settings.identity_endpoint.empty() &&
                            !settings.identity_header.empty()};
  const std::string_view text{is_app_service                       ? settings.identity_endpoint
                              : settings.metadata_endpoint.empty() ? metadata_service
                                                                   : settings.metadata_endpoint};
  auto url = io::parse_url(text);
  if (!url) return with_context("managed identity endpoint", std::move(url).error());
  if (!is_local_endpoint(*url)) {
    return Error{Errc::bad_request,
                 fmt::format("managed identity endpoint: {} is not on this machine", text)};
  }
  ManagedIdentity identity{};
  identity.endpoint = std::move(*url);
  if (is_app_service) identity.header = io::Secret{settings.identity_header};
  identity.resource = settings.audience + "/";
  identity.client_id = settings.client_id;
  identity.resource_id = settings.identity_resource_id;
  return identity;
}

}  // namespace

void describe_identity(Fields& fields, AciSettings& settings) {
  choose(fields, "identity", settings.identity, identity_words,
         "Who we are to Azure. `auto` takes what is there, in this order; Contributor on the "
         "resource group is enough for each.");
  fields.text("tenant", settings.tenant, identity_rule("a tenant id or domain"),
              "Tenant of the application. Left out: AZURE_TENANT_ID.");
  fields.text("client_id", settings.client_id, identity_rule("an application (client) id"),
              "The application, or the user-assigned managed identity. Left out: "
              "AZURE_CLIENT_ID.");
  fields.secret("client_secret", settings.client_secret, {.max_length = 1024},
                "Its secret. Left out: AZURE_CLIENT_SECRET.");
  fields.text("client_certificate", settings.client_certificate, {},
              "PEM file with its certificate and RSA key, read anew for each token. Left out: "
              "AZURE_CLIENT_CERTIFICATE_PATH.");
  fields.secret("client_certificate_password", settings.client_certificate_password,
                {.max_length = 1024},
                "Password of an encrypted key. Left out: AZURE_CLIENT_CERTIFICATE_PASSWORD.");
  fields.flag("send_certificate_chain", settings.send_certificate_chain,
              "Send the certificates too, for applications that trust a subject and issuer.");
  choose(fields, "signature", settings.signature, signature_words, "How the certificate signs.");
  fields.text("federated_token_file", settings.federated_token_file, {},
              "Workload identity: the file with the token of the cluster, read anew for each of "
              "ours. Left out: AZURE_FEDERATED_TOKEN_FILE.");
  fields.text("identity_resource_id", settings.identity_resource_id, {.max_length = 1024},
              "Instead of `client_id`: the ARM id of a user-assigned managed identity.");
}

void fill_identity(AciSettings& settings, const Environment& environment) {
  const auto fill = [&](std::string& value, std::string_view name) {
    if (value.empty()) value = environment(name).value_or("");
  };
  settings.is_tenant_from_environment = settings.tenant.empty();
  fill(settings.tenant, "AZURE_TENANT_ID");
  fill(settings.client_id, "AZURE_CLIENT_ID");
  fill(settings.client_secret, "AZURE_CLIENT_SECRET");
  fill(settings.client_certificate, "AZURE_CLIENT_CERTIFICATE_PATH");
  fill(settings.client_certificate_password, "AZURE_CLIENT_CERTIFICATE_PASSWORD");
  fill(settings.federated_token_file, "AZURE_FEDERATED_TOKEN_FILE");
  fill(settings.token_credentials, "AZURE_TOKEN_CREDENTIALS");
  fill(settings.identity_endpoint, "IDENTITY_ENDPOINT");
  fill(settings.identity_header, "IDENTITY_HEADER");
  fill(settings.metadata_endpoint, "AZURE_POD_IDENTITY_AUTHORITY_HOST");
  const std::string chain{environment("AZURE_CLIENT_SEND_CERTIFICATE_CHAIN").value_or("")};
  if (chain == "1" || equals_ignoring_case(chain, "true")) settings.send_certificate_chain = true;
}

IdentityKind chosen_identity(const AciSettings& settings) {
  if (settings.identity != IdentityKind::automatic) return settings.identity;
  using enum IdentityKind;
  const auto offers = [&](IdentityKind kind, const std::string& proof) {
    return !proof.empty() && is_allowed(settings, kind);
  };
  if (offers(client_secret, settings.client_secret)) return client_secret;
  if (offers(client_certificate, settings.client_certificate)) return client_certificate;
  if (offers(workload_identity, settings.federated_token_file)) return workload_identity;
  // A tenant in the file means an application whose proof was forgotten. In the environment it may
  // stand for other programs: there the next credential has its turn, as in Azure's own libraries.
  const bool is_application{!settings.tenant.empty() && !settings.is_tenant_from_environment &&
                            is_allowed(settings, client_secret)};
  if (is_application) return client_secret;
  return is_allowed(settings, managed_identity) ? managed_identity
         : is_allowed(settings, client_secret)  ? client_secret
                                                : workload_identity;
}

std::vector<std::string> missing_identity(const AciSettings& settings) {
  std::vector<std::string> missing{};
  const auto need = [&](const std::string& value, std::string_view key, std::string_view variable) {
    if (!value.empty()) return;
    missing.push_back(
        fmt::format("{} is missing: set it, or {} in the environment", key, variable));
  };
  if (equals_ignoring_case(settings.token_credentials, "dev")) {
    missing.emplace_back(
        "AZURE_TOKEN_CREDENTIALS is \"dev\": developers' logins are not used; set it to \"prod\"");
  }
  if (!is_known_restriction(settings.token_credentials)) {
    missing.push_back(fmt::format("AZURE_TOKEN_CREDENTIALS is \"{}\": it should be prod, {}",
                                  io::excerpt(settings.token_credentials, 64),
                                  fmt::join(restriction_words, " or ")));
  }
  const IdentityKind kind{chosen_identity(settings)};
  if (kind == IdentityKind::managed_identity) return missing;
  need(settings.tenant, "tenant", "AZURE_TENANT_ID");
  need(settings.client_id, "client_id", "AZURE_CLIENT_ID");
  if (kind == IdentityKind::client_secret) {
    need(settings.client_secret, "client_secret", "AZURE_CLIENT_SECRET");
  }
  if (kind == IdentityKind::client_certificate) {
    need(settings.client_certificate, "client_certificate", "AZURE_CLIENT_CERTIFICATE_PATH");
  }
  if (kind == IdentityKind::workload_identity) {
    need(settings.federated_token_file, "federated_token_file", "AZURE_FEDERATED_TOKEN_FILE");
  }
  return missing;
}

Result<std::unique_ptr<Credential>> make_credential(io::HttpClient& http, io::Clock& clock,
                                                    io::Random& random,
                                                    const AciSettings& settings) {
  const IdentityKind kind{chosen_identity(settings)};
  if (kind == IdentityKind::managed_identity) {
    auto identity = managed_identity(settings);
    if (!identity) return std::move(identity).error();
    return std::unique_ptr<Credential>{
        std::make_unique<ManagedIdentityCredential>(http, clock, std::move(*identity))};
  }
  auto authority = io::parse_url(settings.authority);
  if (!authority) return with_context("authority", std::move(authority).error());
  TokenEndpoint endpoint{.authority = std::move(*authority),
                         .tenant = settings.tenant,
                         .client_id = settings.client_id,
                         .scope = settings.audience + "/.default"};
  std::unique_ptr<ClientProof> proof{};
  if (kind == IdentityKind::client_certificate) {
    CertificateProof certificate{};
    certificate.pem_file = settings.client_certificate;
    certificate.password = io::Secret{settings.client_certificate_password};
    certificate.signature = settings.signature;
    certificate.sends_chain = settings.send_certificate_chain;
    certificate.client_id = settings.client_id;
    certificate.audience = audience_of(token_url(endpoint.authority, endpoint.tenant));
    proof = certificate_proof(std::move(certificate), random);
    const auto usable = proof->fields(clock.now());
    if (!usable) return Error{Errc::bad_request, usable.error().context};
  } else if (kind == IdentityKind::workload_identity) {
    proof = federated_proof(settings.federated_token_file);
  } else {
    proof = secret_proof(io::Secret{settings.client_secret});
  }
  return std::unique_ptr<Credential>{std::make_unique<TokenEndpointCredential>(
      http, clock, std::move(endpoint), std::move(proof))};
}

}  // namespace spillway::aci
