#include "controller/provider/aci/arm_client.hpp"

#include <fmt/format.h>

#include <charconv>
#include <utility>

#include "controller/provider/aci/arm_errors.hpp"
#include "controller/provider/aci/text.hpp"

namespace spillway::aci {

namespace asio = boost::asio;

namespace {

constexpr std::size_t link_bytes_max{16 * 1024};  // ARM's skip tokens reach some kilobytes
constexpr std::size_t limit_names_max{32};
constexpr std::string_view limit_prefix{"x-ms-ratelimit-remaining-"};

/// A GUID in its usual spelling, version 4.
std::string guid(io::Random& random) {
  const std::string hex{io::random_hex(random, 32)};
  constexpr std::string_view variants{"89ab"};
  const char variant{variants[random.bits() % variants.size()]};
  return fmt::format("{}-{}-4{}-{}{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(13, 3),
                     variant, hex.substr(17, 3), hex.substr(20, 12));
}

}  // namespace

ArmBucket bucket_of(std::string_view method) {
  if (method == "GET" || method == "HEAD") return ArmBucket::reads;
  return method == "DELETE" ? ArmBucket::deletes : ArmBucket::writes;
}

ArmClient::ArmClient(io::HttpClient& http, TokenSource& tokens, io::Clock& clock,
                     io::Random& random, ArmOptions options)
    : http_{http}, tokens_{tokens}, clock_{clock}, random_{random}, options_{std::move(options)} {}

Duration ArmClient::pause(ArmBucket bucket, TimePoint now) const {
  const auto gate = gates_.find(bucket);
  return gate == gates_.end() ? Duration::zero() : gate->second.wait(now);
}

asio::awaitable<Result<io::HttpResponse>> ArmClient::send(ArmRequest request,
                                                          io::Deadline deadline) {
  io::HttpRequest http_request{};
  http_request.method = request.method;
  request.query.emplace_back("api-version", options_.api_version);
  http_request.url = io::join(options_.endpoint, io::with_query(request.path, request.query));
  http_request.body = std::move(request.body);
  if (!http_request.body.empty()) http_request.headers.set("Content-Type", "application/json");
  return exchange(std::move(http_request), std::move(request.what), deadline);
}

asio::awaitable<Result<io::HttpResponse>> ArmClient::follow(std::string link, std::string what,
                                                            io::Deadline deadline) {
  if (link.size() > link_bytes_max) {
    co_return Error{Errc::malformed, fmt::format("{}: a link of {} bytes", what, link.size())};
  }
  Result<io::Url> url{io::parse_url(link)};
  if (!url) co_return with_context(what + ": link in the answer", std::move(url).error());
  if (!equals_ignoring_case(io::origin(*url), io::origin(options_.endpoint))) {
    co_return Error{Errc::malformed,
                    fmt::format("{}: the answer links to {}, which is not {}", what,
                                io::origin(*url), io::origin(options_.endpoint))};
  }
  io::HttpRequest request{};
  request.url = std::move(*url);
  co_return co_await exchange(std::move(request), std::move(what), deadline);
}

asio::awaitable<Result<io::HttpResponse>> ArmClient::exchange(io::HttpRequest request,
                                                              std::string what,
                                                              io::Deadline deadline) {
  const ArmBucket bucket{bucket_of(request.method)};
  if (const Duration wait{pause(bucket, clock_.now())}; wait > Duration::zero()) {
    co_return Error{Errc::throttled, what + ": held back, Azure asked for a pause", wait};
  }
  const std::string request_id{guid(random_)};
  request.headers.set("Accept", "application/json");
  request.headers.set("x-ms-client-request-id", request_id);
  const io::Deadline limit{io::earlier(deadline, io::deadline_after(clock_, options_.timeout))};
  Result<io::HttpResponse> answer = co_await send_with_token(std::move(request), limit);
  if (!answer) {
    Error error{with_context(what, std::move(answer).error())};
    if (error.request_id.empty()) error.request_id = request_id;
    co_return error;
  }
  note_limits(answer->headers);
  ThrottleGate& gate{gates_[bucket]};
  if (answer->status >= 200 && answer->status < 300) {
    gate.on_answered();
    co_return std::move(*answer);
  }
  Error error{error_of_answer(what, *answer)};
  if (error.request_id.empty()) error.request_id = request_id;
  if (error.code == Errc::throttled) {
    gate.on_throttled(clock_.now(), error.retry_after, random_.unit());
    error.retry_after = gate.wait(clock_.now());
  } else {
    gate.on_answered();
  }
  co_return error;
}

asio::awaitable<Result<io::HttpResponse>> ArmClient::send_with_token(io::HttpRequest request,
                                                                     io::Deadline deadline) {
  for (bool is_second_try{false};; is_second_try = true) {
    Result<io::Secret> token = co_await tokens_.token(deadline);
    if (!token) co_return std::move(token).error();
    io::HttpRequest attempt{request};
    attempt.headers.set("Authorization", fmt::format("Bearer {}", token->reveal()));
    Result<io::HttpResponse> answer = co_await http_.send(std::move(attempt), deadline);
    if (!answer || answer->status != 401) co_return answer;
    tokens_.drop(*token);
    if (is_second_try) co_return answer;
  }
}

void ArmClient::note_limits(const io::Headers& headers) {
  for (const auto& [name, value] : headers) {
    const std::string field{lower(name)};
    if (!field.starts_with(limit_prefix)) continue;
    int left{0};
    const auto parsed = std::from_chars(value.data(), value.data() + value.size(), left);
    if (parsed.ec != std::errc{}) continue;
    const std::string key{field.substr(limit_prefix.size())};
    if (remaining_.contains(key) || remaining_.size() < limit_names_max) remaining_[key] = left;
  }
}

}  // namespace spillway::aci
