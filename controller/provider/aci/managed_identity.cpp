#include "controller/provider/aci/managed_identity.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "controller/provider/aci/token_endpoint.hpp"

namespace spillway::aci {

namespace asio = boost::asio;

namespace {

constexpr std::size_t metadata_answer_bytes{64 * 1024};
constexpr Duration answer_limit{std::chrono::seconds{10}};  // the service is on this very host
constexpr int tries_usual{3};
constexpr int tries_updating{7};
constexpr Duration pause_updating{std::chrono::seconds{10}};

}  // namespace

io::HttpRequest token_request(const ManagedIdentity& identity) {
  io::HttpRequest request{};
  io::QueryParams query{};
  const bool is_app_service{!identity.header.empty()};
  query.emplace_back("api-version", is_app_service ? "2019-08-01" : "2018-02-01");
  query.emplace_back("resource", identity.resource);
  if (!identity.client_id.empty()) query.emplace_back("client_id", identity.client_id);
  if (identity.client_id.empty() && !identity.resource_id.empty()) {
    query.emplace_back("mi_res_id", identity.resource_id);
  }
  request.headers.set("Accept", "application/json");
  request.response_limit = metadata_answer_bytes;
  if (is_app_service) {
    request.headers.set("X-IDENTITY-HEADER", std::string{identity.header.reveal()});
    request.url = identity.endpoint;
    request.url.target = io::with_query(identity.endpoint.target, query);
  } else {
    // In lower case: the service refuses `True`.
    request.headers.set("Metadata", "true");
    const std::string target{io::with_query("/metadata/identity/oauth2/token", query)};
    request.url = io::join(identity.endpoint, target);
  }
  return request;
}

std::optional<Duration> pause_before_retry(int status, int tries,
                                           std::optional<Duration> retry_after) {
  const Duration asked{retry_after.value_or(Duration::zero())};
  if (status == 410) {
    if (tries > tries_updating) return std::nullopt;
    return std::max(pause_updating, asked);
  }
  const bool is_passing{status == 404 || status == 408 || status == 429 || status >= 500};
  if (!is_passing || tries > tries_usual || tries < 1) return std::nullopt;
  return std::max(Duration{std::chrono::seconds{1 << (tries - 1)}}, asked);
}

ManagedIdentityCredential::ManagedIdentityCredential(io::HttpClient& http, io::Clock& clock,
                                                     ManagedIdentity identity)
    : http_{http}, clock_{clock}, identity_{std::move(identity)} {}

asio::awaitable<Result<AccessToken>> ManagedIdentityCredential::fetch(io::Deadline deadline) {
  for (int tries{1};; ++tries) {
    io::HttpRequest request{token_request(identity_)};
    const io::Deadline limit{io::earlier(deadline, io::deadline_after(clock_, answer_limit))};
    Result<io::HttpResponse> answer = co_await http_.send(std::move(request), limit);
    if (!answer) {
      Error error{with_context("managed identity", std::move(answer).error())};
      const bool is_nobody_there{error.code == Errc::unavailable || error.code == Errc::timeout};
      if (is_nobody_there) {
        error.context +=
            " (has this machine a managed identity? else set tenant, client_id and client_secret)";
      }
      co_return error;
    }
    Result<AccessToken> token{parse_token_answer(*answer, clock_.now())};
    if (token) co_return token;
    Error error{with_context("managed identity", std::move(token).error())};
    const auto pause = pause_before_retry(answer->status, tries, io::retry_after(*answer));
    if (!pause) co_return error;
    const TimePoint again_at{clock_.now() + *pause};
    if (again_at >= deadline.at) {
      error.retry_after = *pause;
      co_return error;
    }
    const Result<void> slept = co_await clock_.sleep_until(again_at);
    if (!slept) co_return slept.error();
  }
}

}  // namespace spillway::aci
