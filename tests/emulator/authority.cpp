#include "tests/emulator/authority.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "tests/emulator/text.hpp"

namespace spillway::emulator {
namespace {

namespace json = boost::json;

std::int64_t unix_seconds(TimePoint instant) {
  return std::chrono::duration_cast<std::chrono::seconds>(instant.time_since_epoch()).count();
}

ArmError unauthorized(const Request& request, const EmulatorOptions& options, std::string code,
                      std::string message) {
  return {
      .status = 401,
      .code = std::move(code),
      .message = message,
      .authenticate = fmt::format(
          "Bearer authorization_uri=\"{}/{}\", error=\"invalid_token\", error_description=\"{}\"",
          request.base_url, options.tenant, message)};
}

}  // namespace

Authority::Authority(const EmulatorOptions& options, std::string key)
    : options_{options}, clients_{options.clients}, key_{std::move(key)} {
  if (clients_.empty()) clients_.push_back(default_client(options));
}

const Client* Authority::find_client(std::string_view id) const {
  for (const Client& client : clients_) {
    if (equal_text(client.id, id)) return &client;
  }
  return nullptr;
}

bool Authority::knows_tenant(std::string_view tenant) const {
  if (equal_text(tenant, options_.tenant)) return true;
  for (const Client& client : clients_) {
    if (equal_text(client.tenant, tenant)) return true;
  }
  return false;
}

std::string Authority::sign(const std::string& text) const {
  const std::string key{fmt::format("{}/{}", key_, key_version_)};
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size{0};
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data(), &size);
  return base64_url({reinterpret_cast<const char*>(digest.data()), size});
}

Authority::Token Authority::issue(const std::string& base_url, const Client& client,
                                  const std::string& audience, TimePoint shown_now) const {
  const std::int64_t now{unix_seconds(shown_now)};
  const int lifetime{static_cast<int>(seconds(options_.token_lifetime))};
  const json::object claims{{"aud", audience},
                            {"iss", fmt::format("{}/{}/v2.0", base_url, client.tenant)},
                            {"iat", now},
                            {"nbf", now},
                            {"exp", now + lifetime},
                            {"appid", client.id},
                            {"azp", client.id},
                            {"oid", client.id},
                            {"sub", client.id},
                            {"tid", client.tenant},
                            {"idtyp", "app"},
                            {"ver", "1.0"}};
  const std::string body{base64_url(R"({"alg":"HS256","typ":"JWT"})") + "." +
                         base64_url(json::serialize(claims))};
  return {.text = body + "." + sign(body), .expires_in = lifetime};
}

Outcome<std::string> Authority::check(const Request& request, TimePoint shown_now) const {
  const std::string* header{find_header(request.headers, "Authorization")};
  if (header == nullptr) {
    return unauthorized(request, options_, "AuthenticationFailed",
                        "Authentication failed. The 'Authorization' header is missing.");
  }
  const std::string_view text{*header};
  const std::size_t dot{text.rfind('.')};
  if (text.size() < 7 || !equal_text(text.substr(0, 7), "Bearer ") ||
      dot == std::string_view::npos || dot < 7) {
    return unauthorized(request, options_, "AuthenticationFailedInvalidHeader",
                        "Authentication failed. The 'Authorization' header is provided in an "
                        "invalid format.");
  }
  const std::string body{text.substr(7, dot - 7)};
  const std::string_view claims_text{std::string_view{body}.substr(body.find('.') + 1)};
  const auto decoded{from_base64_url(claims_text)};
  // The signature first: only our own claims are worth parsing.
  if (sign(body) != text.substr(dot + 1) || !decoded) {
    return unauthorized(request, options_, "InvalidAuthenticationToken",
                        "The access token is invalid.");
  }
  boost::system::error_code error;
  const json::value claims(json::parse(*decoded, error));
  if (error) {
    return unauthorized(request, options_, "InvalidAuthenticationToken",
                        "The access token is invalid.");
  }
  if (claims.at("exp").to_number<std::int64_t>() <= unix_seconds(shown_now)) {
    return unauthorized(request, options_, "ExpiredAuthenticationToken",
                        "The access token expiry UTC time is earlier than current UTC time.");
  }
  return std::string{claims.at("appid").get_string()};
}

}  // namespace spillway::emulator
