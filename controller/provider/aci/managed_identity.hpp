// The token that the machine itself can get: from the instance metadata service (IMDS) of a VM, or
// from the endpoint that App Service, Container Apps and ACI put into the environment. No redirects
// and no proxy, as the HTTP client follows none; retries only where Azure's documentation asks for
// them.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>

#include "controller/io/clock.hpp"
#include "controller/io/http_client.hpp"
#include "controller/io/secret.hpp"
#include "controller/io/url.hpp"
#include "controller/provider/aci/token_source.hpp"

namespace spillway::aci {

struct ManagedIdentity {
  io::Url endpoint{};   ///< origin of the metadata service, or the whole IDENTITY_ENDPOINT
  io::Secret header{};  ///< IDENTITY_HEADER; set: the App Service protocol, empty: IMDS
  std::string resource{"https://management.azure.com/"};
  std::string client_id{};    ///< of a user-assigned identity; empty: the only one there is
  std::string resource_id{};  ///< instead of `client_id`: the identity's ARM id
};

/// The request for a token, as the protocol in question writes it. Pure.
io::HttpRequest token_request(const ManagedIdentity& identity);

/// How long to wait before try number `tries + 1`, after `tries` answers of this kind; nothing if
/// it is not to be tried again.
///
/// 404, 408, 429 and 5xx: 1, 2, 4 s, three times; 410 (the service is being updated, for 70 s at
/// most): every 10 s, seven times; every other 4xx never. The server's Retry-After counts if it is
/// longer. Source: "How to use managed identities on a VM to acquire a token", section retry
/// guidance, and MSAL's ImdsRetryPolicy.
std::optional<Duration> pause_before_retry(int status, int tries,
                                           std::optional<Duration> retry_after);

class ManagedIdentityCredential final : public Credential {
 public:
  /// `http` and `clock` must outlive the credential.
  ManagedIdentityCredential(io::HttpClient& http, io::Clock& clock, ManagedIdentity identity);

  /// `unavailable` with advice if nobody answers: then this machine has no identity.
  boost::asio::awaitable<Result<AccessToken>> fetch(io::Deadline deadline) override;

 private:
  io::HttpClient& http_;
  io::Clock& clock_;
  ManagedIdentity identity_;
};

}  // namespace spillway::aci
