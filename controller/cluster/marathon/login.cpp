#include "controller/cluster/marathon/login.hpp"

#include <boost/json.hpp>
#include <utility>

#include "controller/io/base64.hpp"
#include "controller/io/http.hpp"
#include "controller/io/json_fields.hpp"
#include "controller/io/signer.hpp"

namespace spillway::marathon {

namespace json = boost::json;

namespace {

std::int64_t unix_seconds(TimePoint at) {
  return std::chrono::duration_cast<std::chrono::seconds>(at.time_since_epoch()).count();
}

Result<std::string> own_token(const LoginSettings& login, TimePoint now) {
  const auto signer = io::Signer::from_key(login.private_key);
  if (!signer) return with_context("private_key", signer.error());
  const json::object header{{"alg", "RS256"}, {"typ", "JWT"}};
  const json::object claims{{"uid", login.uid}, {"exp", unix_seconds(now + own_token_life)}};
  const std::string text{io::base64url(json::serialize(header)) + "." +
                         io::base64url(json::serialize(claims))};
  const auto signature = signer->sign(io::SignatureKind::rs256, text);
  if (!signature) return signature.error();
  return text + "." + io::base64url(*signature);
}

}  // namespace

Result<std::string> login_body(const LoginSettings& login, TimePoint now) {
  json::object words{};
  words["uid"] = login.uid;
  if (login.private_key.empty()) {
    words["password"] = login.password;
    return json::serialize(words);
  }
  const auto token = own_token(login, now);
  if (!token) return token.error();
  words["token"] = *token;
  return json::serialize(words);
}

Result<io::Secret> parse_login(std::string_view body) {
  const auto told = io::parse_object(body);
  if (!told) return Error{Errc::malformed, "the answer is no JSON object"};
  io::FieldReader fields{};
  std::string token{fields.text(*told, "token")};
  if (fields.mistake() || token.empty()) {
    return Error{Errc::malformed, "the answer has no `token`"};
  }
  if (token.find_first_of("\r\n") != std::string::npos) {
    return Error{Errc::malformed, "the token has line ends"};
  }
  return io::Secret{std::move(token)};
}

Error login_refusal(const LoginSettings& login, int status) {
  io::HttpResponse silent{};
  silent.status = status;
  Error refused{io::error_of_status("login at DC/OS as " + login.uid, silent)};
  if (refused.code != Errc::denied) return refused;
  refused.context += login.private_key.empty()
                         ? ": is that the user's password?"
                         : ": does `private_key` belong to the public key of that service account, "
                           "and is this machine's clock right?";
  return refused;
}

}  // namespace spillway::marathon
