#include "controller/provider/aci/token_endpoint.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <utility>

#include "controller/provider/aci/json_fields.hpp"

namespace spillway::aci {

namespace asio = boost::asio;
namespace json = boost::json;

namespace {

/// Longer lives are cut: a token is asked for once a day at least.
constexpr double life_max_seconds{86400.0};
constexpr std::size_t token_answer_bytes{64 * 1024};  // tokens are 1 to 4 KB

Errc kind_of_refusal(int status) {
  if (status == 429) return Errc::throttled;
  if (status == 408 || status == 504) return Errc::timeout;
  if (status >= 500) return Errc::unavailable;
  // The endpoint says 400 and 401 for a wrong tenant, client or secret alike.
  return status >= 400 ? Errc::denied : Errc::malformed;
}

Error refusal(const io::HttpResponse& response) {
  Error error{.code = kind_of_refusal(response.status)};
  std::string why{io::reason_phrase(response.status)};
  if (const auto document = parse_object(response.body)) {
    FieldReader fields{};
    const std::string code{fields.text(*document, "error")};
    const std::string text{fields.text(*document, "error_description")};
    if (!code.empty()) why = io::excerpt(text.empty() ? code : code + ": " + text, 300);
  } else if (response.status < 500 && response.status != 429) {
    error.code = Errc::malformed;  // not the token endpoint's format: somebody else answers
  }
  if (error.code == Errc::denied) {
    error.advice = "check the tenant, the client, and its secret or certificate";
  }
  error.context = fmt::format("getting a token: HTTP {} {}", response.status, why);
  error.retry_after = io::retry_after(response);
  if (const auto id = response.headers.find("x-ms-request-id")) error.request_id = *id;
  return error;
}

std::optional<double> seconds_in(const json::object& document, std::string_view key) {
  const json::value* const value{document.if_contains(key)};
  if (value == nullptr) return std::nullopt;
  if (!value->is_string()) {
    FieldReader fields{};
    return fields.number(document, key);
  }
  const std::string_view text{value->get_string()};
  double number{0.0};
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_number{parsed.ec == std::errc{} && parsed.ptr == text.data() + text.size()};
  return is_number && std::isfinite(number) ? std::optional{number} : std::nullopt;
}

}  // namespace

Result<AccessToken> parse_token_answer(const io::HttpResponse& response, TimePoint now) {
  if (response.status != 200) return refusal(response);
  const auto document = parse_object(response.body);
  // The body may hold the token: it is never quoted.
  if (!document) return Error{Errc::malformed, "getting a token: the answer is not a JSON object"};
  FieldReader fields{};
  std::string text{fields.text(*document, "access_token")};
  auto life = seconds_in(*document, "expires_in");
  if (!life) {
    // The App Service endpoint tells the end instead, by the clock of somebody else.
    if (const auto end = seconds_in(*document, "expires_on")) {
      life = *end - std::chrono::duration<double>(now.time_since_epoch()).count();
    }
  }
  if (text.empty() || !life || *life <= 0.0) {
    return Error{Errc::malformed, "getting a token: the answer lacks access_token or expires_in"};
  }
  if (text.find_first_of(" \r\n\t") != std::string::npos) {
    return Error{Errc::malformed, "getting a token: the token has illegal characters"};
  }
  AccessToken token{io::Secret{std::move(text)}, now, now};
  token.expires_at += duration_of_seconds(std::min(*life, life_max_seconds));
  return token;
}

io::Url token_url(const io::Url& authority, std::string_view tenant) {
  return io::join(authority, "/" + io::percent_encode(tenant) + "/oauth2/v2.0/token");
}

TokenEndpointCredential::TokenEndpointCredential(io::HttpClient& http, io::Clock& clock,
                                                 TokenEndpoint endpoint,
                                                 std::unique_ptr<ClientProof> proof)
    : http_{http}, clock_{clock}, endpoint_{std::move(endpoint)}, proof_{std::move(proof)} {
  SPILLWAY_ASSERT(proof_ != nullptr);
}

asio::awaitable<Result<AccessToken>> TokenEndpointCredential::fetch(io::Deadline deadline) {
  Result<io::QueryParams> proof{proof_->fields(clock_.now())};
  if (!proof) co_return with_context("getting a token", std::move(proof).error());
  io::QueryParams form{{"grant_type", "client_credentials"}, {"client_id", endpoint_.client_id}};
  for (auto& field : *proof) form.push_back(std::move(field));
  form.emplace_back("scope", endpoint_.scope);
  io::HttpRequest request{};
  request.method = "POST";
  request.url = token_url(endpoint_.authority, endpoint_.tenant);
  request.headers.set("Content-Type", "application/x-www-form-urlencoded");
  request.headers.set("Accept", "application/json");
  request.response_limit = token_answer_bytes;
  request.body = io::encode_query(form);
  Result<io::HttpResponse> answer = co_await http_.send(std::move(request), deadline);
  if (!answer) co_return with_context("getting a token", std::move(answer).error());
  co_return parse_token_answer(*answer, clock_.now());
}

}  // namespace spillway::aci
