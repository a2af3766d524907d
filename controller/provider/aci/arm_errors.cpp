#include "controller/provider/aci/arm_errors.hpp"

#include <fmt/format.h>

#include <boost/json/parse.hpp>
#include <string>
#include <vector>

#include "controller/provider/aci/text.hpp"

namespace spillway::aci {

namespace json = boost::json;

namespace {

constexpr int depth_max{8};  // of `details` in `details`; two are seen in the wild
constexpr std::size_t complaints_max{32};
constexpr std::size_t excerpt_bytes{300};

/// One code and its text, as ARM nests them.
struct Complaint {
  std::string code{};
  std::string message{};
};
using Complaints = std::vector<Complaint>;

std::string text_of(const json::object& object, std::string_view key) {
  const json::value* const value{object.if_contains(key)};
  return value != nullptr && value->is_string() ? std::string{value->get_string()} : std::string{};
}

void collect(const json::object& error, int depth, Complaints& found) {
  if (depth > depth_max || found.size() >= complaints_max) return;
  Complaint complaint{text_of(error, "code"), text_of(error, "message")};
  if (!complaint.code.empty()) found.push_back(std::move(complaint));
  const json::value* const details{error.if_contains("details")};
  if (details == nullptr || !details->is_array()) return;
  for (const json::value& detail : details->get_array()) {
    if (detail.is_object()) collect(detail.get_object(), depth + 1, found);
  }
}

/// Everything the body complains about, outermost first; empty if it is not ARM's error format.
Complaints complaints_of(std::string_view body) {
  Complaints found{};
  boost::system::error_code failure{};
  const json::value document = json::parse(body, failure);
  if (failure || !document.is_object()) return found;
  const json::value* const error{document.get_object().if_contains("error")};
  if (error != nullptr && error->is_object()) {
    collect(error->get_object(), 0, found);
  } else {
    collect(document.get_object(), 0, found);
  }
  return found;
}

bool is_one_of(std::string_view code, std::initializer_list<std::string_view> codes) {
  for (const std::string_view candidate : codes) {
    if (equals_ignoring_case(code, candidate)) return true;
  }
  return false;
}

/// Codes that mean the same with every status. A code is Azure's own word, so it may be searched; a
/// message quotes names that people chose.
std::optional<Errc> kind_of_code(std::string_view code) {
  if (contains_ignoring_case(code, "transitioning") ||
      is_one_of(code, {"AnotherOperationInProgress", "OperationInProgress"})) {
    return Errc::transitioning;
  }
  if (contains_ignoring_case(code, "quota")) return Errc::quota;
  if (contains_ignoring_case(code, "insufficientcapacity")) return Errc::no_capacity;
  if (is_one_of(code, {"RegistryErrorResponse", "InaccessibleImage"})) return Errc::registry;
  // A pool that has nothing to hand out; the words are not documented, the beginning is the type's.
  if (code.starts_with("StandbyPool")) return Errc::no_capacity;
  if (is_one_of(code, {"TooManyRequests", "SubscriptionRequestsThrottled"})) return Errc::throttled;
  // All of these are about where the group shall be, not about what it is: another place may do.
  if (is_one_of(code, {"ScopeLocked", "AuthorizationFailed", "RequestDisallowedByPolicy",
                       "MissingSubscriptionRegistration", "ResourceGroupNotFound",
                       "SubscriptionNotFound", "InvalidSubscriptionId", "ResourceGroupBeingDeleted",
                       "NoRegisteredProviderFound", "LocationNotAvailableForResourceType"})) {
    return Errc::denied;
  }
  return std::nullopt;
}

Errc kind_of_404(const Complaints& complaints) {
  // Only a resource that ARM itself misses is gone. A page without a code comes from somebody else.
  if (complaints.empty()) return Errc::malformed;
  const std::string_view code{complaints.front().code};
  return code.ends_with("NotFound") ? Errc::not_found : Errc::bad_request;
}

Errc kind_of_status(int status, const Complaints& complaints) {
  if (status == 401 || status == 403) return Errc::denied;
  if (status == 404 || status == 410) return kind_of_404(complaints);
  if (status == 408 || status == 504) return Errc::timeout;
  if (status == 412) return Errc::transitioning;
  if (status == 429) return Errc::throttled;
  if (status == 409 || status >= 500) return Errc::unavailable;
  if (status >= 400 && !complaints.empty()) return Errc::bad_request;
  return Errc::malformed;
}

/// `quota 'StandardCores' exceeded`, `quota exceeded`, `exceeding approved ... quota`. The word
/// alone proves nothing: groups, resource groups and images may be called so.
bool says_quota_exceeded(std::string_view message) {
  const std::string text{lower(message)};
  constexpr std::string_view word{"quota"};
  for (std::size_t at{text.find(word)}; at != std::string::npos; at = text.find(word, at + 1)) {
    if (at > 0 && text[at - 1] != ' ') continue;
    std::string_view rest{std::string_view{text}.substr(at + word.size())};
    if (rest.starts_with(" '")) {
      const std::size_t end{rest.find('\'', 2)};
      if (end == std::string_view::npos) continue;
      rest.remove_prefix(end + 1);
    }
    for (const char* verb : {" exceeded", " is exceeded", " has been exceeded", " reached"}) {
      if (rest.starts_with(verb)) return true;
    }
    const bool is_exceeding{text.rfind("exceeding approved ", at) != std::string::npos};
    if (is_exceeding) return true;
  }
  return false;
}

Errc kind_of(int status, const Complaints& complaints) {
  // The token and the rate come first: such an answer says nothing about the group.
  if (status == 401 || status == 429) return kind_of_status(status, complaints);
  for (const Complaint& complaint : complaints) {
    if (const auto kind = kind_of_code(complaint.code)) return *kind;
  }
  // Only these two come with many meanings; what a 404 or a 403 names is a name.
  if (status == 409 || status == 400) {
    for (const auto& [code, message] : complaints) {
      if (const auto kind = kind_of_failure(code, message)) return *kind;
      if (status == 409 && equals_ignoring_case(code, "ServiceUnavailable")) {
        return Errc::no_capacity;
      }
      if (status == 409 && equals_ignoring_case(code, "Conflict")) return Errc::transitioning;
    }
  }
  return kind_of_status(status, complaints);
}

std::string_view advice_on(Errc kind) {
  switch (kind) {
    case Errc::denied:
      return "check the credentials, the role assignment, and that subscription, resource group "
             "and region exist";
    case Errc::quota:
      return "ask Azure for a higher quota, or lower the workload's limits";
    default:
      return {};
  }
}

std::string request_id_of(const io::Headers& headers) {
  for (const char* name : {"x-ms-request-id", "x-ms-correlation-request-id"}) {
    if (const auto id = headers.find(name)) return io::excerpt(*id, 80);
  }
  return {};
}

std::string describe(const io::HttpResponse& response, const Complaints& complaints) {
  if (complaints.empty()) {
    return response.body.empty() ? std::string{io::reason_phrase(response.status)}
                                 : io::excerpt(response.body, excerpt_bytes);
  }
  std::string text{};
  for (const auto& [code, message] : complaints) {
    if (!text.empty()) text += "; ";
    text += code;
    if (!message.empty()) text += ": " + message;
  }
  return io::excerpt(text, excerpt_bytes);
}

}  // namespace

Error error_of_answer(std::string_view what, const io::HttpResponse& response) {
  const Complaints complaints{complaints_of(response.body)};
  Error error{.code = kind_of(response.status, complaints)};
  error.context =
      fmt::format("{}: HTTP {} {}", what, response.status, describe(response, complaints));
  error.advice = advice_on(error.code);
  error.retry_after = io::retry_after(response);
  error.request_id = request_id_of(response.headers);
  if (error.code == Errc::quota) {
    for (const auto& [code, message] : complaints) {
      if (is_limit_zero(message)) error.context += " [the limit is 0: request a quota from Azure]";
    }
  }
  return error;
}

namespace {

/// What was tried stands in front and the outermost code right behind the status: a message, which
/// may quote anything, comes later.
bool answers(const Error& error, std::string_view status_and_code) {
  constexpr std::string_view status{": HTTP "};
  const std::size_t at{error.context.find(status)};
  return error.code == Errc::denied && at != std::string::npos &&
         std::string_view{error.context}.substr(at + status.size()).starts_with(status_and_code);
}

}  // namespace

bool says_no_resource_group(const Error& error) {
  return answers(error, "404 ResourceGroupNotFound");
}

bool says_not_registered(const Error& error) {
  return answers(error, "409 MissingSubscriptionRegistration");
}

bool is_throttled_by_subscription(const io::HttpResponse& response) {
  for (const Complaint& complaint : complaints_of(response.body)) {
    if (equals_ignoring_case(complaint.code, "SubscriptionRequestsThrottled")) return true;
  }
  return false;
}

std::optional<Errc> kind_of_failure(std::string_view code, std::string_view message) {
  const auto kind = kind_of_code(code);
  const bool is_of_a_start{kind == Errc::quota || kind == Errc::no_capacity ||
                           kind == Errc::registry};
  if (is_of_a_start) return kind;
  if (says_quota_exceeded(message)) return Errc::quota;
  const auto says = [&](std::string_view words) { return contains_ignoring_case(message, words); };
  if (says("insufficientcapacity") || says("not available in the location")) {
    return Errc::no_capacity;
  }
  if (says("registryerrorresponse") || says("inaccessibleimage") || says("failed to pull image")) {
    return Errc::registry;
  }
  return std::nullopt;
}

bool is_limit_zero(std::string_view message) {
  const std::string text{lower(message)};
  constexpr std::string_view word{"limit"};
  for (std::size_t at{text.find(word)}; at != std::string::npos; at = text.find(word, at + 1)) {
    const std::size_t begin{text.find_first_not_of(" :='\"", at + word.size())};
    if (begin == std::string::npos || text[begin] != '0') continue;
    const std::size_t end{text.find_first_not_of('0', begin)};
    const bool goes_on{end != std::string::npos &&
                       (std::string_view{"123456789."}.find(text[end]) != std::string_view::npos)};
    const bool is_fraction{goes_on && text[end] == '.' && end + 1 < text.size() &&
                           text[end + 1] >= '0' && text[end + 1] <= '9'};
    if (!goes_on || (text[end] == '.' && !is_fraction)) return true;
  }
  return false;
}

}  // namespace spillway::aci
