#include "tests/emulator/api_versions.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <string>
#include <string_view>

#include "tests/emulator/container_groups.hpp"
#include "tests/emulator/json_at.hpp"
#include "tests/emulator/subscriptions.hpp"
#include "tests/emulator/text.hpp"
#include "tests/emulator/world.hpp"

namespace spillway::emulator {
namespace {

namespace json = boost::json;

bool is_version(const std::string& text) {
  const auto digit{
      [&](std::size_t i) { return i < text.size() && text[i] >= '0' && text[i] <= '9'; }};
  for (const std::size_t i : {0U, 1U, 2U, 3U, 5U, 6U, 8U, 9U}) {
    if (!digit(i)) return false;
  }
  return text[4] == '-' && text[7] == '-' && (text.size() == 10 || text[10] == '-');
}

/// Namespace and type of `.../providers/NAMESPACE/TYPE...`; empty where the path has none.
struct ResourceType {
  std::string space{};
  std::string type{};
};

ResourceType resource_type(const std::string& path) {
  constexpr std::string_view providers{"/providers/"};
  const std::size_t at{lower_text(path).rfind(providers)};
  if (at == std::string::npos) return {};
  const std::string rest{path.substr(at + providers.size())};
  const std::size_t slash{rest.find('/')};
  if (slash == std::string::npos) return {rest, {}};
  const std::string type{rest.substr(slash + 1)};
  return {rest.substr(0, slash), type.substr(0, type.find('/'))};
}

/// Of the group that is called, or that a body would make; empty for a list and for what is not.
std::string location_of(const Call& call) {
  if (call.captures.contains("group") && call.captures.contains("resourceGroup")) {
    const Group* const group{call.world.find_group(called_group(call))};
    if (group != nullptr) return group->region;
  }
  boost::system::error_code failure{};
  const json::value body(json::parse(call.request.body, failure));
  if (failure || !body.is_object()) return {};
  return region_name(text_at(body.get_object(), "location"));
}

/// Of the configured versions those that have the type: profiles came with 2024-05-01-preview.
std::vector<std::string> versions_with(const EmulatorOptions& options, std::string_view type) {
  std::vector<std::string> found;
  for (const std::string& version : options.api_versions) {
    const bool has_type{!equal_text(type, "containerGroupProfiles") || version >= "2024-05-01"};
    if (has_type) found.push_back(version);
  }
  return found;
}

}  // namespace

std::optional<ArmError> check_version(const Call& call, const Route& route) {
  const auto version{call.url.parameter("api-version")};
  if (!version || version->empty()) {
    return bad_request(
        "MissingApiVersionParameter",
        "The api-version query parameter (?api-version=) is required for all requests.");
  }
  const EmulatorOptions& options{call.world.options};
  const ResourceType named{resource_type(call.url.path)};
  const auto known{versions_with(options, named.type)};
  if (!is_version(*version)) {
    return bad_request(
        "InvalidApiVersionParameter",
        fmt::format("The api-version '{}' is invalid. The supported versions are '{}'.", *version,
                    fmt::join(known, ",")));
  }
  const bool is_known{route.versions == Versions::any ||
                      std::find(known.begin(), known.end(), lower_text(*version)) != known.end()};
  if (is_known) return std::nullopt;
  if (const std::string location{location_of(call)}; !location.empty()) {
    return bad_request(
        "NoRegisteredProviderFound",
        fmt::format("No registered resource provider found for location '{}' and API version '{}' "
                    "for type '{}'. The supported api-versions are '{}'. The supported locations "
                    "are '{}'.",
                    location, *version, named.type, fmt::join(known, ", "),
                    fmt::join(options.regions, ", ")));
  }
  return not_found(
      "InvalidResourceType",
      fmt::format("The resource type '{}' could not be found in the namespace '{}' for "
                  "api version '{}'. The supported api-versions are '{}'.",
                  named.type, named.space, *version, fmt::join(known, ",")));
}

ArmError no_such_path(const Url& url, const Router::Match& match) {
  if (!match.allowed.empty()) {
    return {.status = 405,
            .code = "MethodNotAllowed",
            .message = fmt::format("This path answers {}.", fmt::join(match.allowed, ", "))};
  }
  const ResourceType named{resource_type(url.path)};
  if (!named.space.empty() && !has_provider(named.space)) {
    return not_found("InvalidResourceNamespace",
                     fmt::format("The resource namespace '{}' is invalid: GET /providers lists "
                                 "those of this emulator.",
                                 named.space));
  }
  if (!named.type.empty()) {
    return not_found(
        "InvalidResourceType",
        fmt::format("The resource type '{}' could not be found in the namespace '{}' for api "
                    "version '{}': this emulator has no path '{}'.",
                    named.type, named.space, url.parameter("api-version").value_or(""), url.path));
  }
  return not_found("InvalidResourceType",
                   fmt::format("The resource type could not be found: this emulator has no path "
                               "'{}'.",
                               url.path));
}

}  // namespace spillway::emulator
