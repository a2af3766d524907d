#include "controller/provider/aci/arm_client.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "controller/io/log.hpp"
#include "controller/provider/aci/arm_errors.hpp"
#include "controller/provider/aci/text.hpp"

namespace spillway::aci {

namespace asio = boost::asio;

namespace {

constexpr std::size_t link_bytes_max{16 * 1024};  // ARM's skip tokens reach some kilobytes
constexpr std::size_t limit_names_max{32};
constexpr std::size_t lanes_max{300};  // three for each of 100 subscriptions
constexpr std::size_t region_gates_max{2000};
/// A token that ARM does not accept is a matter of hours rather than seconds.
constexpr Duration retry_after_refused_token{std::chrono::seconds{30}};
constexpr std::string_view limit_prefix{"x-ms-ratelimit-remaining-"};

std::string id_in(const io::HttpResponse& answer, std::string_view name) {
  const auto id = answer.headers.find(name);
  return id ? io::excerpt(*id, 80) : std::string{};
}

/// What Azure's support asks for: its own ids and ours.
void log_exchange(const std::string& method, const std::string& what, const std::string& request_id,
                  const Result<io::HttpResponse>& answer, Duration took) {
  if (!io::is_logged(io::LogLevel::debug)) return;
  io::LogFields fields{};
  fields.push_back({"method", method});
  fields.push_back({"what", what});
  fields.push_back({"took", took});
  fields.push_back({"client_request_id", request_id});
  if (answer) {
    fields.push_back({"status", answer->status});
    fields.push_back({"request_id", id_in(*answer, "x-ms-request-id")});
    fields.push_back({"correlation_id", id_in(*answer, "x-ms-correlation-request-id")});
    fields.push_back({"routing_id", id_in(*answer, "x-ms-routing-request-id")});
  } else {
    fields.push_back({"error", answer.error()});
  }
  io::log_event(io::LogLevel::debug, "ArmExchange", fields);
}

/// The login is in the way, and it is no verdict on what was to be made.
Error deferred(Error error) {
  if (error.code == Errc::cancelled) return error;
  error.code = Errc::throttled;
  error.context += " [not judged: it goes as soon as the login works]";
  if (!error.retry_after) error.retry_after = retry_after_refused_token;
  return error;
}

}  // namespace

std::string subscription_in(std::string_view target) {
  constexpr std::string_view before{"/subscriptions/"};
  if (!equals_ignoring_case(target.substr(0, before.size()), before)) return {};
  target.remove_prefix(before.size());
  return lower(target.substr(0, target.find_first_of("/?")));
}

class ArmClient::Booking {
 public:
  Booking(Lane& lane, io::Clock& clock) : lane_{lane}, clock_{clock} {}
  Booking(const Booking&) = delete;
  Booking& operator=(const Booking&) = delete;
  ~Booking() { end(std::nullopt); }

  void end(std::optional<int> left) {
    if (!std::exchange(is_open_, false)) return;
    lane_.pacer.on_answered(clock_.now(), left);
  }

 private:
  Lane& lane_;
  io::Clock& clock_;
  bool is_open_{true};
};

ArmClient::ArmClient(io::HttpClient& http, TokenSource& tokens, io::Clock& clock,
                     io::Random& random, ArmOptions options)
    : http_{http}, tokens_{tokens}, clock_{clock}, random_{random}, options_{std::move(options)} {}

Duration ArmClient::pause(const std::string& subscription, ArmBucket bucket, TimePoint now,
                          const std::string& region) const {
  Duration longest{tokens_.pause(now)};
  const std::string key{lower(subscription)};
  if (const auto gate = region_gates_.find({key, bucket, region}); gate != region_gates_.end()) {
    longest = std::max(longest, gate->second.wait(now));
  }
  const auto lane = lanes_.find({key, bucket});
  if (lane == lanes_.end()) return longest;
  const Duration paced{lane->second.pacer.wait(now)};
  return std::max(
      {longest, lane->second.gate.wait(now), paced > options_.patience ? paced : Duration::zero()});
}

int ArmClient::tokens_left(const std::string& subscription, ArmBucket bucket, TimePoint now) const {
  const auto lane = lanes_.find({lower(subscription), bucket});
  const double left{lane == lanes_.end() ? limits_of(bucket).size : lane->second.pacer.left(now)};
  return static_cast<int>(std::max(0.0, left));
}

ArmClient::Lane& ArmClient::lane_of(const io::HttpRequest& request) {
  const ArmBucket bucket{bucket_of(request.method)};
  std::pair<std::string, ArmBucket> key{subscription_in(request.url.target), bucket};
  // Links in answers could name any number of subscriptions: strangers share a lane.
  if (!lanes_.contains(key) && lanes_.size() >= lanes_max) key.first.clear();
  return lanes_.try_emplace(key, bucket).first->second;
}

/// Null for what counts against no region's rate, and for strangers once there are too many.
ThrottleGate* ArmClient::region_gate(const io::HttpRequest& request, const std::string& region) {
  if (region.empty()) return nullptr;
  std::tuple key{subscription_in(request.url.target), bucket_of(request.method), region};
  if (!region_gates_.contains(key) && region_gates_.size() >= region_gates_max) return nullptr;
  return &region_gates_[std::move(key)];
}

asio::awaitable<Result<io::HttpResponse>> ArmClient::send(ArmRequest request,
                                                          io::Deadline deadline) {
  io::HttpRequest http_request{};
  http_request.method = request.method;
  request.query.emplace_back(
      "api-version", request.api_version.empty() ? options_.api_version : request.api_version);
  http_request.url = io::join(options_.endpoint, io::with_query(request.path, request.query));
  http_request.body = std::move(request.body);
  if (!http_request.body.empty()) http_request.headers.set("Content-Type", "application/json");
  return exchange(std::move(http_request), std::move(request.what), std::move(request.region),
                  request.share, deadline);
}

asio::awaitable<Result<io::HttpResponse>> ArmClient::follow(std::string link, std::string what,
                                                            io::Deadline deadline, ArmShare share) {
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
  co_return co_await exchange(std::move(request), std::move(what), {}, share, deadline);
}

asio::awaitable<Result<io::HttpResponse>> ArmClient::exchange(io::HttpRequest request,
                                                              std::string what, std::string region,
                                                              ArmShare share,
                                                              io::Deadline deadline) {
  const ArmBucket bucket{bucket_of(request.method)};
  Lane& lane{lane_of(request)};
  ThrottleGate* const own{region_gate(request, region)};
  const Duration own_wait{own == nullptr ? Duration::zero() : own->wait(clock_.now())};
  if (const Duration wait{std::max(own_wait, lane.gate.wait(clock_.now()))};
      wait > Duration::zero()) {
    co_return Error{Errc::throttled, what + ": held back, Azure asked for a pause", wait};
  }
  const auto paced = lane.pacer.book(clock_.now(), options_.patience, share);
  if (!paced) {
    co_return Error{Errc::throttled, what + ": held back, Azure's rate limit is used up",
                    lane.pacer.wait(clock_.now(), share)};
  }
  Booking booking{lane, clock_};
  const TimePoint sent_at{clock_.now() + *paced};
  if (sent_at > deadline.at) co_return Error{Errc::timeout, what + ": waiting for a token"};
  if (*paced > Duration::zero()) {
    const Result<void> slept = co_await clock_.sleep_until(sent_at);
    if (!slept) co_return with_context(what, slept.error());
  }
  const std::string request_id{guid(random_)};
  request.headers.set("Accept", "application/json");
  request.headers.set("x-ms-client-request-id", request_id);
  request.headers.set("x-ms-return-client-request-id", "true");
  request.response_limit = answer_bytes_max;
  const std::string method{request.method};
  const io::Deadline limit{io::earlier(deadline, io::deadline_after(clock_, options_.timeout))};
  Result<io::HttpResponse> answer = co_await send_with_token(std::move(request), limit);
  log_exchange(method, what, request_id, answer, clock_.now() - sent_at);
  if (!answer) {
    Error error{with_context(what, std::move(answer).error())};
    if (error.request_id.empty()) error.request_id = request_id;
    co_return error;
  }
  booking.end(note_limits(bucket, answer->headers));
  if (answer->status >= 200 && answer->status < 300) {
    lane.gate.on_answered();
    if (own != nullptr) own->on_answered();
    co_return std::move(*answer);
  }
  Error error{error_of_answer(what, *answer)};
  if (error.request_id.empty()) error.request_id = request_id;
  if (error.code == Errc::throttled) {
    const bool is_of_region{own != nullptr && !is_throttled_by_subscription(*answer)};
    ThrottleGate& gate{is_of_region ? *own : lane.gate};
    gate.on_throttled(clock_.now(), error.retry_after, random_.unit());
    error.retry_after = gate.wait(clock_.now());
    co_return error;
  }
  lane.gate.on_answered();
  if (own != nullptr) own->on_answered();
  if (answer->status == 401 && method == "PUT") co_return deferred(std::move(error));
  co_return error;
}

asio::awaitable<Result<io::HttpResponse>> ArmClient::send_with_token(io::HttpRequest request,
                                                                     io::Deadline deadline) {
  for (bool is_second_try{false};; is_second_try = true) {
    Result<io::Secret> token = co_await tokens_.token(deadline);
    if (!token && request.method == "PUT") co_return deferred(std::move(token).error());
    if (!token) co_return std::move(token).error();
    io::HttpRequest attempt{request};
    attempt.headers.set("Authorization", fmt::format("Bearer {}", token->reveal()));
    Result<io::HttpResponse> answer = co_await http_.send(std::move(attempt), deadline);
    if (!answer || answer->status != 401) co_return answer;
    tokens_.drop(*token);
    if (is_second_try) co_return answer;
  }
}

std::optional<int> ArmClient::note_limits(ArmBucket bucket, const io::Headers& headers) {
  std::optional<int> fewest{};
  for (const auto& [name, value] : headers) {
    const std::string field{lower(name)};
    if (!field.starts_with(limit_prefix)) continue;
    int left{0};
    const auto parsed = std::from_chars(value.data(), value.data() + value.size(), left);
    if (parsed.ec != std::errc{} || left < 0) continue;
    const std::string key{field.substr(limit_prefix.size())};
    if (remaining_.contains(key) || remaining_.size() < limit_names_max) remaining_[key] = left;
    if (is_limit_of(bucket, field)) fewest = std::min(left, fewest.value_or(left));
  }
  return fewest;
}

}  // namespace spillway::aci
