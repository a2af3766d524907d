#include "tests/emulator/cloud.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>

#include "tests/emulator/admin.hpp"
#include "tests/emulator/api_versions.hpp"
#include "tests/emulator/container_groups.hpp"
#include "tests/emulator/subscriptions.hpp"
#include "tests/emulator/text.hpp"

namespace spillway::emulator {
namespace {

namespace json = boost::json;

std::optional<ArmError> check_subscription(const Call& call) {
  const auto found{call.captures.find("subscription")};
  if (found == call.captures.end()) return std::nullopt;
  for (const std::string& known : call.world.options.subscriptions) {
    if (equal_text(known, found->second)) return std::nullopt;
  }
  return not_found("SubscriptionNotFound",
                   fmt::format("The subscription '{}' could not be found.", found->second));
}

/// Resource Manager reads no body whose type it is not told, as curl's -d alone does not.
std::optional<ArmError> unsupported_media(const Request& request) {
  if (request.body.empty()) return std::nullopt;
  const std::string* const sent{find_header(request.headers, "Content-Type")};
  const std::string type{sent == nullptr ? "<null>" : sent->substr(0, sent->find(';'))};
  if (equal_text(type, "application/json")) return std::nullopt;
  return ArmError{.status = 415,
                  .code = "UnsupportedMediaType",
                  .message = fmt::format("The content media type '{}' is not supported. Only "
                                         "'application/json' is supported.",
                                         type)};
}

/// Paths below which everything takes a token.
bool is_of_arm(const Url& url) {
  if (url.segments.empty()) return false;
  const std::string& first{url.segments.front()};
  return equal_text(first, "subscriptions") || equal_text(first, "providers") ||
         equal_text(first, "tenants");
}

CallKind kind_of(std::string_view method) {
  if (method == "GET" || method == "HEAD") return CallKind::read;
  return method == "DELETE" ? CallKind::remove : CallKind::write;
}

std::string http_date(TimePoint instant) {
  return fmt::format("{:%a, %d %b %Y %H:%M:%S} GMT",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(instant)));
}

FaultSubject subject_of(const Call& call) {
  FaultSubject subject{.method = call.request.method, .path = call.url.path};
  if (const auto group{call.captures.find("group")}; group != call.captures.end()) {
    subject.group = group->second;
  }
  if (const auto region{call.captures.find("location")}; region != call.captures.end()) {
    subject.region = region_name(region->second);
  }
  return subject;
}

/// Faults that answer in place of the handler.
std::optional<Response> instead(const Call& call, const FaultSubject& subject) {
  World& world{call.world};
  if (world.faults.take(FaultKind::lost_request, subject, world.now())) {
    Response response;
    response.delivery = Delivery::dropped;
    return response;
  }
  if (const auto fault{world.faults.take(FaultKind::throttle, subject, world.now())}) {
    ArmError error{too_many_requests("The request is being throttled.", 0)};
    error.retry_after = fault->retry_after;
    if (!fault->code.empty()) error.code = fault->code;
    return to_response(error);
  }
  if (const auto fault{world.faults.take(FaultKind::error, subject, world.now())}) {
    // What is no part of Resource Manager has errors of its own shape.
    if (subject.path.starts_with("/metadata/") || subject.path.starts_with("/msi/")) {
      Response response{
          json_response(fault->status, {{"error", fault->code.empty() ? "unknown" : fault->code},
                                        {"error_description", fault->message}})};
      if (fault->retry_after) {
        response.headers.emplace_back("Retry-After", std::to_string(*fault->retry_after));
      }
      return response;
    }
    return to_response({.status = fault->status,
                        .code = fault->code.empty() ? "InternalServerError" : fault->code,
                        .message = fault->message.empty() ? "An injected fault." : fault->message,
                        .retry_after = fault->retry_after});
  }
  return std::nullopt;
}

/// Faults that spoil the way of a finished answer.
void spoil(World& world, const FaultSubject& subject, Response& response) {
  if (const auto fault{world.faults.take(FaultKind::delay, subject, world.now())}) {
    response.delay = duration_of_seconds(fault->seconds.value_or(0));
  }
  if (world.faults.take(FaultKind::garbage_body, subject, world.now())) {
    response.body = "<html>\x01 502 {\"value\": [";
  }
  if (const auto fault{world.faults.take(FaultKind::oversize_body, subject, world.now())}) {
    response.body = "{\"value\": \"" + std::string(fault->bytes, 'x') + "\"}";
  }
  if (world.faults.take(FaultKind::truncated_body, subject, world.now())) {
    response.delivery = Delivery::truncated;
  }
  if (world.faults.take(FaultKind::lost_answer, subject, world.now())) {
    response.delivery = Delivery::dropped;
  }
}

}  // namespace

Cloud::Cloud(const EmulatorOptions& options, Backend& backend, TimePoint epoch)
    : options_{options},
      world_{options_, backend, epoch},
      authority_{options_, fmt::format("emulator-{}-{}", options.seed, world_.new_guid())} {
  router_.add(admin_routes());
  router_.add(container_group_routes());
  router_.add(container_action_routes());
  router_.add(exec_routes());
  router_.add(tag_routes());
  router_.add(profile_routes());
  router_.add(standby_routes());
  router_.add(scale_set_routes());
  router_.add(operation_routes());
  router_.add(region_routes());
  router_.add(access_routes());
  router_.add(subscription_routes());
  router_.add(resource_group_routes());
  router_.add(instance_metadata_routes());
  router_.add(retail_price_routes());
  router_.add(authority_routes());
}

Response Cloud::handle(const Request& request, TimePoint now) {
  world_.advance_to(now);
  const auto url{parse_target(request.target)};
  Response response{
      url ? route(request, *url)
          : to_response(bad_request("BadRequest", "The request target is malformed."))};
  const auto echo{[&](std::string_view name, const std::string& otherwise) {
    const std::string* sent{find_header(request.headers, name)};
    const std::string value{sent != nullptr && sent->size() <= 128 ? *sent : otherwise};
    if (!value.empty()) response.headers.emplace_back(name, value);
  }};
  const std::string id{world_.new_guid()};
  response.headers.emplace_back("x-ms-request-id", id);
  echo("x-ms-correlation-request-id", id);
  echo("x-ms-client-request-id", "");
  const TimePoint shown{world_.shown(world_.now())};
  response.headers.emplace_back(
      "x-ms-routing-request-id",
      fmt::format("EMULATOR:{:%Y%m%dT%H%M%SZ}:{}",
                  fmt::gmtime(std::chrono::system_clock::to_time_t(shown)), id));
  response.headers.emplace_back("Date", http_date(shown));
  if (find_header(response.headers, "Cache-Control") == nullptr) {
    response.headers.emplace_back("Cache-Control", "no-cache");
  }
  response.headers.emplace_back("Strict-Transport-Security", "max-age=31536000; includeSubDomains");
  response.headers.emplace_back("X-Content-Type-Options", "nosniff");
  return response;
}

Response Cloud::route(const Request& request, const Url& url) {
  Router::Match match{router_.find(request.method, url)};
  if (match.route == nullptr) {
    // ARM asks who it is before it says what there is.
    if (options_.auth && is_of_arm(url)) {
      const auto client{authority_.check(request, world_.shown(world_.now()))};
      if (!client) return to_response(client.error());
    }
    return to_response(no_such_path(url, match));
  }
  Call call{.request = request,
            .url = url,
            .world = world_,
            .authority = authority_,
            .captures = std::move(match.captures),
            .api_version = lower_text(url.parameter("api-version").value_or("")),
            .advance = [this](Duration by) {
              if (on_advance) on_advance(by);
              world_.advance_to(world_.now() + by);
            }};
  if (match.route->operation == "Admin") return match.route->handler(call);
  Response response{with_faults(call, *match.route)};
  if (request.method == "HEAD") {
    if (response.status == 200) response.status = 204;
    response.body.clear();
  }
  const bool lost{response.delivery == Delivery::dropped};
  ++world_.answers[std::string{match.route->operation}][lost ? 0 : response.status];
  return response;
}

Response Cloud::with_faults(Call& call, const Route& route) {
  const FaultSubject subject{subject_of(call)};
  Headers rate_headers;
  std::optional<Response> answer{instead(call, subject)};
  if (!answer) {
    answer =
        route.versions == Versions::none ? route.handler(call) : arm(call, route, rate_headers);
    spoil(world_, subject, *answer);
  }
  answer->headers.insert(answer->headers.end(), rate_headers.begin(), rate_headers.end());
  return *std::move(answer);
}

Response Cloud::arm(Call& call, const Route& route, Headers& rate_headers) {
  std::string principal{"anonymous"};
  if (options_.auth) {
    auto client{authority_.check(call.request, world_.shown(world_.now()))};
    if (!client) return to_response(client.error());
    principal = *client;
  }
  if (auto error{check_version(call, route)}) return to_response(*error);
  if (auto error{check_subscription(call)}) return to_response(*error);

  const auto scope{call.captures.find("subscription")};
  const bool in_subscription{scope != call.captures.end()};
  const CallKind kind{kind_of(call.request.method)};
  const auto verdict{world_.buckets->take(in_subscription ? lower_text(scope->second) : "tenant",
                                          principal, kind, world_.now())};
  const std::string what{kind == CallKind::read    ? "reads"
                         : kind == CallKind::write ? "writes"
                                                   : "deletes"};
  if (verdict.wait) {
    ArmError error{too_many_requests(
        fmt::format("Number of {} for {} '{}' exceeded the limit of its token bucket. Please try "
                    "again after '{}' seconds.",
                    what, in_subscription ? "subscription" : "tenant",
                    in_subscription ? scope->second : options_.tenant,
                    world_.client_seconds(*verdict.wait)),
        world_.client_seconds(*verdict.wait))};
    if (in_subscription) error.code = "SubscriptionRequestsThrottled";
    return to_response(error);
  }
  const std::string prefix{std::string{"x-ms-ratelimit-remaining-"} +
                           (in_subscription ? "subscription-" : "tenant-")};
  rate_headers.emplace_back(prefix + what, std::to_string(verdict.remaining));
  if (in_subscription) {
    rate_headers.emplace_back(prefix + "global-" + what, std::to_string(verdict.global_remaining));
  }
  if (auto error{unsupported_media(call.request)}) return to_response(*error);
  if (auto error{missing_registration(call)}) return to_response(*error);
  if (auto error{locked(call, route.operation)}) return to_response(*error);
  return route.handler(call);
}

}  // namespace spillway::emulator
