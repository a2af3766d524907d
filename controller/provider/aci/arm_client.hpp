// The one place that speaks to Azure Resource Manager: api-version, bearer token, request ids, one
// more try with a fresh token after a 401, requests spaced out by Azure's token buckets, and the
// pauses that it asks for. It repeats nothing else: the next tick does. What the requests mean is
// the provider's business. Every exchange is a debug line of the log with all of its ids.
// One thread: the one that runs the io_context.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include "controller/core/error.hpp"
#include "controller/core/units.hpp"
#include "controller/io/clock.hpp"
#include "controller/io/deadline.hpp"
#include "controller/io/http_client.hpp"
#include "controller/io/random.hpp"
#include "controller/io/url.hpp"
#include "controller/provider/aci/arm_pacing.hpp"
#include "controller/provider/aci/rate_limits.hpp"
#include "controller/provider/aci/token_source.hpp"

namespace spillway::aci {

struct ArmRequest {
  std::string method{"GET"};
  std::string path{};         ///< begins with '/'; segments percent-encoded
  io::QueryParams query{};    ///< without api-version
  std::string body{};         ///< JSON
  std::string what{};         ///< for errors: `creating group web-1`
  std::string api_version{};  ///< empty: that of the options
  /// The region whose own rate the request counts against: ACI allows creates and deletes per
  /// region, and a 429 for one says nothing about the others. Empty: none.
  std::string region{};
  ArmShare share{ArmShare::open};  ///< of the bucket: precedence over other requests of its kind
};

struct ArmOptions {
  io::Url endpoint{};  ///< https://management.azure.com in the public cloud
  std::string api_version{"2025-09-01"};
  Duration timeout{std::chrono::seconds{30}};  ///< of one request; ARM itself gives up after 60 s
  /// Longest wait for a token of Azure's buckets; beyond it a request is refused as `throttled`.
  Duration patience{std::chrono::seconds{5}};
};

/// The answer limit: ARM drops what is larger (RPC, common-api-details), so this is never reached
/// by an honest one.
inline constexpr std::size_t answer_bytes_max{8 * 1024 * 1024};

/// The subscription that a request target names, in lower case; empty if it names none.
std::string subscription_in(std::string_view target);

class ArmClient {
 public:
  /// All must outlive the client, and the client its coroutines.
  ArmClient(io::HttpClient& http, TokenSource& tokens, io::Clock& clock, io::Random& random,
            ArmOptions options);

  /// The answer if it is a 2xx, else the error it is (arm_errors.hpp), always with a request id.
  /// A PUT for which there is no token, or whose fresh token is not accepted, is `throttled`: it
  /// says nothing about what was to be made, and goes as soon as the login works again.
  /// While Azure's pause lasts the request is refused here, as `throttled` with the time left: an
  /// early one would only prolong it.
  boost::asio::awaitable<Result<io::HttpResponse>> send(ArmRequest request, io::Deadline deadline);

  /// GET of an absolute URL from an answer: the next page, or an operation's state. Error
  /// `malformed` if it leads to another origin: it would carry our token there.
  boost::asio::awaitable<Result<io::HttpResponse>> follow(std::string link, std::string what,
                                                          io::Deadline deadline,
                                                          ArmShare share = ArmShare::open);

  /// How long requests of this kind to `subscription` are held back at `now`: by a 429, or because
  /// the bucket is so empty that they would wait longer than our patience, or for want of a token.
  /// With `region`: also those that count against its own rate.
  Duration pause(const std::string& subscription, ArmBucket bucket, TimePoint now,
                 const std::string& region = {}) const;

  /// Tokens that the bucket has, as far as it can be known here; at least 0.
  int tokens_left(const std::string& subscription, ArmBucket bucket, TimePoint now) const;

  /// What Azure said it has left: `subscription-reads` -> 249. The last answer's word each.
  const std::map<std::string, int>& remaining() const { return remaining_; }

 private:
  boost::asio::awaitable<Result<io::HttpResponse>> exchange(io::HttpRequest request,
                                                            std::string what, std::string region,
                                                            ArmShare share, io::Deadline deadline);
  boost::asio::awaitable<Result<io::HttpResponse>> send_with_token(io::HttpRequest request,
                                                                   io::Deadline deadline);
  struct Lane {
    explicit Lane(ArmBucket bucket) : pacer{limits_of(bucket)} {}
    ThrottleGate gate{};
    ArmPacer pacer;
  };
  class Booking;  // one request's token; gives its place under way back however it ends

  Lane& lane_of(const io::HttpRequest& request);
  ThrottleGate* region_gate(const io::HttpRequest& request, const std::string& region);
  std::optional<int> note_limits(ArmBucket bucket, const io::Headers& headers);

  io::HttpClient& http_;
  TokenSource& tokens_;
  io::Clock& clock_;
  io::Random& random_;
  ArmOptions options_;
  std::map<std::pair<std::string, ArmBucket>, Lane> lanes_{};  // by subscription in lower case
  std::map<std::tuple<std::string, ArmBucket, std::string>, ThrottleGate> region_gates_{};
  std::map<std::string, int> remaining_{};
};

}  // namespace spillway::aci
