// The client-credentials flow: POST {authority}/{tenant}/oauth2/v2.0/token. How the client proves
// who it is (secret, certificate, federated token) is a `ClientProof`; reading the answer is shared
// with managed identities.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "controller/io/clock.hpp"
#include "controller/io/http_client.hpp"
#include "controller/io/url.hpp"
#include "controller/provider/aci/client_proof.hpp"
#include "controller/provider/aci/token_source.hpp"

namespace spillway::aci {

struct TokenEndpoint {
  io::Url authority{};  ///< https://login.microsoftonline.com in the public cloud
  std::string tenant{};
  std::string client_id{};
  std::string scope{"https://management.azure.com/.default"};
};

/// `{authority}/{tenant}/oauth2/v2.0/token`: where tokens are asked for, and the audience that an
/// assertion names.
io::Url token_url(const io::Url& authority, std::string_view tenant);

class TokenEndpointCredential final : public Credential {
 public:
  /// `http` and `clock` must outlive the credential.
  TokenEndpointCredential(io::HttpClient& http, io::Clock& clock, TokenEndpoint endpoint,
                          std::unique_ptr<ClientProof> proof);

  boost::asio::awaitable<Result<AccessToken>> fetch(io::Deadline deadline) override;

 private:
  io::HttpClient& http_;
  io::Clock& clock_;
  TokenEndpoint endpoint_;
  std::unique_ptr<ClientProof> proof_;
};

/// The token in an answer of a token endpoint that came at `now`. `expires_in` may be a number or a
/// text (managed identity); where it is missing, `expires_on` (seconds since 1970) counts. The
/// error of an HTTP status names the AADSTS text and never the token.
Result<AccessToken> parse_token_answer(const io::HttpResponse& response, TimePoint now);

}  // namespace spillway::aci
