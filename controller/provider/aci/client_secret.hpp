// The client-credentials flow with a secret: POST {authority}/{tenant}/oauth2/v2.0/token. Reading
// the answer is shared with the other flows of the same endpoint.
#pragma once

#include <string>
#include <string_view>

#include "controller/io/clock.hpp"
#include "controller/io/http_client.hpp"
#include "controller/io/secret.hpp"
#include "controller/io/url.hpp"
#include "controller/provider/aci/token_source.hpp"

namespace spillway::aci {

struct ClientSecret {
  io::Url authority{};  ///< https://login.microsoftonline.com in the public cloud
  std::string tenant{};
  std::string client_id{};
  io::Secret secret{};
  std::string scope{"https://management.azure.com/.default"};
};

class ClientSecretCredential final : public Credential {
 public:
  /// `http` and `clock` must outlive the credential.
  ClientSecretCredential(io::HttpClient& http, io::Clock& clock, ClientSecret identity);

  boost::asio::awaitable<Result<AccessToken>> fetch(io::Deadline deadline) override;

 private:
  io::HttpClient& http_;
  io::Clock& clock_;
  ClientSecret identity_;
};

/// The token in an answer of a token endpoint that came at `now`. `expires_in` may be a number or a
/// text (managed identity). The error of an HTTP status names the AADSTS text and never the token.
Result<AccessToken> parse_token_answer(const io::HttpResponse& response, TimePoint now);

}  // namespace spillway::aci
