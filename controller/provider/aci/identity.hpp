// Who we are to Azure: which credential the settings and the environment make, in the order of the
// production half of Azure's own DefaultAzureCredential (secret, certificate, workload identity,
// managed identity). The choice is pure; building it sends nothing.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "controller/core/error.hpp"
#include "controller/core/fields.hpp"
#include "controller/io/clock.hpp"
#include "controller/io/http_client.hpp"
#include "controller/io/random.hpp"
#include "controller/provider/aci/aci_settings.hpp"
#include "controller/provider/aci/token_source.hpp"

namespace spillway::aci {

/// The settings of the provider that say who we are.
void describe_identity(Fields& fields, AciSettings& settings);

/// Fills in from the variables that Azure's SDKs read: AZURE_TENANT_ID, AZURE_CLIENT_ID,
/// AZURE_CLIENT_SECRET, AZURE_CLIENT_CERTIFICATE_PATH, AZURE_CLIENT_CERTIFICATE_PASSWORD,
/// AZURE_CLIENT_SEND_CERTIFICATE_CHAIN, AZURE_FEDERATED_TOKEN_FILE, AZURE_TOKEN_CREDENTIALS,
/// IDENTITY_ENDPOINT, IDENTITY_HEADER, AZURE_POD_IDENTITY_AUTHORITY_HOST. What the file says stays.
void fill_identity(AciSettings& settings, const Environment& environment);

/// The credential that `settings` (after `fill_identity`) make. With `identity: auto` the first
/// that is complete: client_secret, client_certificate, workload_identity; a managed identity if
/// none of their parts is there at all. Half a service principal is that principal: falling through
/// to another identity would act as somebody else.
IdentityKind chosen_identity(const AciSettings& settings);

/// What `chosen_identity` still needs: one sentence each.
std::vector<std::string> missing_identity(const AciSettings& settings);

/// The credential. Reads a certificate once, to find out now that it is unusable. Error:
/// `bad_request`. `http`, `clock` and `random` must outlive it.
Result<std::unique_ptr<Credential>> make_credential(io::HttpClient& http, io::Clock& clock,
                                                    io::Random& random,
                                                    const AciSettings& settings);

}  // namespace spillway::aci
