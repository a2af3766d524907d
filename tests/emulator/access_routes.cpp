// Who may do what, as far as clients set it up: identities of users, role assignments, which are
// kept and bind nobody, and locks, which do bind.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "tests/emulator/container_groups.hpp"
#include "tests/emulator/json_at.hpp"
#include "tests/emulator/odata_filter.hpp"
#include "tests/emulator/paging.hpp"
#include "tests/emulator/subscriptions.hpp"
#include "tests/emulator/text.hpp"

namespace spillway::emulator {
namespace access_calls {
namespace {

namespace json = boost::json;

/// What a call names: `SCOPE/providers/NAMESPACE/TYPE[/NAME]`.
struct Named {
  std::string scope{};
  std::string type{};
  std::string name{};

  std::string id() const { return fmt::format("{}/providers/{}/{}", scope, type, name); }
  std::string key() const { return lower_text(id()); }
};

Named named(const Call& call, std::string_view type) {
  const auto& segments{call.url.segments};
  const auto is_providers{[](const std::string& word) { return equal_text(word, "providers"); }};
  const auto last{std::find_if(segments.rbegin(), segments.rend(), is_providers)};
  Named found{.type = std::string{type}};
  for (auto word{segments.begin()}; last != segments.rend() && word != last.base() - 1; ++word) {
    found.scope += "/" + *word;
  }
  const auto name{call.captures.find("name")};
  if (name != call.captures.end()) found.name = name->second;
  return found;
}

std::optional<ArmError> missing_scope(const Call& call) {
  return call.captures.contains("resourceGroup") ? missing_resource_group(call) : std::nullopt;
}

/// A PUT of `properties` as they came, with more of our own.
Response keep(const Call& call, const Named& what, json::object shown) {
  shown["id"] = what.id();
  shown["name"] = what.name;
  shown["type"] = what.type;
  const auto [entry, is_new]{call.world.kept.insert_or_assign(what.key(), std::move(shown))};
  return json_response(is_new ? 201 : 200, entry->second);
}

template <const std::string_view& type>
Response get(const Call& call) {
  if (auto error{missing_scope(call)}) return to_response(*error);
  const Named what{named(call, type)};
  const auto found{call.world.kept.find(what.key())};
  if (found != call.world.kept.end()) return json_response(200, found->second);
  return to_response(
      not_found("ResourceNotFound", fmt::format("The Resource '{}' was not found.", what.id())));
}

template <const std::string_view& type>
Response remove(const Call& call) {
  if (auto error{missing_scope(call)}) return to_response(*error);
  const auto found{call.world.kept.extract(named(call, type).key())};
  return found.empty() ? empty_response(204) : json_response(200, found.mapped());
}

/// What is kept of the type at the scope and below it.
template <const std::string_view& type>
Response list(const Call& call) {
  if (auto error{missing_scope(call)}) return to_response(*error);
  const std::string asked{call.url.parameter("$filter").value_or("")};
  // `atScope()` asks for what a role's list has anyway: no conditions that a field could meet.
  const auto filter{ODataFilter::parse(asked.starts_with("atScope()") ? "" : asked)};
  if (!filter) {
    return to_response(bad_request("InvalidFilterInQueryString",
                                   "Invalid $filter in the query string.", "$filter"));
  }
  const std::string prefix{lower_text(named(call, type).scope) + "/"};
  std::vector<Page::Row> rows;
  for (const auto& [key, kept] : call.world.kept) {
    if (!key.starts_with(prefix) || text_at(kept, "type") != type) continue;
    const json::object& properties{object_at(kept, "properties")};
    const bool shown{filter->matches(
        [&](std::string_view field) -> std::optional<std::string> {
          if (!properties.contains(field)) return std::nullopt;
          return text_at(properties, field);
        },
        false)};
    if (shown) rows.push_back({.key = key, .show = [&row = kept] { return json::value(row); }});
  }
  return paged(call, rows);
}

constexpr std::string_view identity_type{"Microsoft.ManagedIdentity/userAssignedIdentities"};
constexpr std::string_view assignment_type{"Microsoft.Authorization/roleAssignments"};
constexpr std::string_view lock_type{"Microsoft.Authorization/locks"};

Response put_identity(const Call& call) {
  if (auto error{missing_resource_group(call)}) return to_response(*error);
  const auto body{read_body(call)};
  if (!body) return to_response(body.error());
  const std::string region{region_name(text_at(body->get_object(), "location"))};
  if (auto error{unknown_region(call.world.options, region, identity_type)}) {
    return to_response(*error);
  }
  auto tags{patched_tags(*body)};
  if (!tags) return to_response(tags.error());
  const Named what{named(call, identity_type)};
  // The ids that a container group shows of it.
  return keep(call, what,
              {{"location", region},
               {"tags", *tags ? **tags : json::object{}},
               {"properties",
                {{"tenantId", call.world.options.tenant},
                 {"principalId", stable_guid("principal/" + what.key())},
                 {"clientId", stable_guid("client/" + what.key())}}}});
}

struct Role {
  std::string_view name, id;
};
constexpr std::array roles{
    Role{"Owner", "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"},
    Role{"Contributor", "b24988ac-6180-42a0-ab88-20f7382dd24c"},
    Role{"Reader", "acdd72a7-3385-48ef-bd42-f606fba81ae7"},
    Role{"AcrPull", "7f951dda-4ed3-4680-a7ca-43fe172d538d"},
    Role{"Network Contributor", "4d97b98b-1d4f-4787-a291-c67834d212e7"},
    Role{"Managed Identity Operator", "f1a07417-d97a-45cb-824c-7a7467783830"},
    Role{"Azure Container Instances Contributor Role", "5d977122-f97e-4b4d-a52f-6b43003ddb4d"},
};

json::object show_role(const Role& role) {
  const bool reads{role.name == "Reader"};
  return {{"id", fmt::format("/providers/Microsoft.Authorization/roleDefinitions/{}", role.id)},
          {"name", role.id},
          {"type", "Microsoft.Authorization/roleDefinitions"},
          {"properties",
           {{"roleName", role.name},
            {"type", "BuiltInRole"},
            {"description", role.name},
            {"assignableScopes", json::array{"/"}},
            {"permissions", json::array{{{"actions", json::array{reads ? "*/read" : "*"}},
                                         {"notActions", json::array{}},
                                         {"dataActions", json::array{}},
                                         {"notDataActions", json::array{}}}}}}}};
}

Response list_roles(const Call& call) {
  const auto filter{ODataFilter::parse(call.url.parameter("$filter").value_or(""))};
  json::array value;
  for (const Role& role : roles) {
    const bool shown{!filter || filter->matches(
                                    [&](std::string_view field) -> std::optional<std::string> {
                                      if (equal_text(field, "type")) return "BuiltInRole";
                                      return std::string{role.name};
                                    },
                                    false)};
    if (shown) value.push_back(show_role(role));
  }
  return json_response(200, {{"value", std::move(value)}});
}

Response get_role(const Call& call) {
  for (const Role& role : roles) {
    if (equal_text(role.id, call.capture("name"))) return json_response(200, show_role(role));
  }
  return to_response(
      not_found("RoleDefinitionDoesNotExist",
                fmt::format("The specified role definition with ID '{}' does not exist.",
                            call.capture("name"))));
}

Response put_assignment(const Call& call) {
  if (auto error{missing_scope(call)}) return to_response(*error);
  const auto body{read_body(call)};
  if (!body) return to_response(body.error());
  json::object properties{object_at(body->get_object(), "properties")};
  const std::string role{text_at(properties, "roleDefinitionId")};
  const std::string principal{text_at(properties, "principalId")};
  if (role.empty() || principal.empty()) {
    return to_response(bad_request("InvalidCreateRoleAssignmentRequest",
                                   "A role assignment has a roleDefinitionId and a principalId."));
  }
  const Named what{named(call, assignment_type)};
  for (const auto& [key, other] : call.world.kept) {
    const json::object& theirs{object_at(other, "properties")};
    const bool same{text_at(other, "type") == assignment_type &&
                    equal_text(text_at(theirs, "scope"), what.scope) &&
                    equal_text(text_at(theirs, "roleDefinitionId"), role) &&
                    equal_text(text_at(theirs, "principalId"), principal)};
    if (same) {
      return to_response(conflict("RoleAssignmentExists", "The role assignment already exists."));
    }
    if (key == what.key()) {
      return to_response(conflict("RoleAssignmentUpdateNotPermitted",
                                  "Tenant ID, application ID, principal ID, and scope are not "
                                  "allowed to be updated."));
    }
  }
  properties["scope"] = what.scope;
  return keep(call, what, {{"properties", std::move(properties)}});
}

Response put_lock(const Call& call) {
  if (auto error{missing_scope(call)}) return to_response(*error);
  const auto body{read_body(call)};
  if (!body) return to_response(body.error());
  const json::object& properties{object_at(body->get_object(), "properties")};
  const std::string level{text_at(properties, "level")};
  if (level != "CanNotDelete" && level != "ReadOnly") {
    return to_response(bad_request("InvalidLockLevel",
                                   "The level of a lock is CanNotDelete or ReadOnly.", "level"));
  }
  return keep(call, named(call, lock_type), {{"properties", properties}});
}

#define SPILLWAY_SUBSCRIPTION "/subscriptions/{subscription}"
#define SPILLWAY_PLACE SPILLWAY_SUBSCRIPTION "/resourceGroups/{resourceGroup}"
#define SPILLWAY_IDENTITIES "/providers/Microsoft.ManagedIdentity/userAssignedIdentities"
#define SPILLWAY_ASSIGNMENTS "/providers/Microsoft.Authorization/roleAssignments"
#define SPILLWAY_ROLES "/providers/Microsoft.Authorization/roleDefinitions"
#define SPILLWAY_LOCKS "/providers/Microsoft.Authorization/locks"

#define SPILLWAY_ACCESS_AT(scope)                                                               \
  Route{"GET", scope SPILLWAY_ROLES, "RoleDefinitions_List", any, list_roles},                  \
      Route{"GET", scope SPILLWAY_ROLES "/{name}", "RoleDefinitions_Get", any, get_role},       \
      Route{"PUT", scope SPILLWAY_ASSIGNMENTS "/{name}", "RoleAssignments_Create", any,         \
            put_assignment},                                                                    \
      Route{"GET", scope SPILLWAY_ASSIGNMENTS "/{name}", "RoleAssignments_Get", any,            \
            get<assignment_type>},                                                              \
      Route{"DELETE", scope SPILLWAY_ASSIGNMENTS "/{name}", "RoleAssignments_Delete", any,      \
            remove<assignment_type>},                                                           \
      Route{"GET", scope SPILLWAY_ASSIGNMENTS, "RoleAssignments_ListForScope", any,             \
            list<assignment_type>},                                                             \
      Route{"PUT", scope SPILLWAY_LOCKS "/{name}", "ManagementLocks_CreateOrUpdate", any,       \
            put_lock},                                                                          \
      Route{"GET", scope SPILLWAY_LOCKS "/{name}", "ManagementLocks_Get", any, get<lock_type>}, \
      Route{"DELETE", scope SPILLWAY_LOCKS "/{name}", "ManagementLocks_Delete", any,            \
            remove<lock_type>},                                                                 \
      Route {                                                                                   \
    "GET", scope SPILLWAY_LOCKS, "ManagementLocks_List", any, list<lock_type>                   \
  }

constexpr auto any{Versions::any};
constexpr std::array routes{
    Route{"PUT", SPILLWAY_PLACE SPILLWAY_IDENTITIES "/{name}",
          "UserAssignedIdentities_CreateOrUpdate", any, put_identity},
    Route{"GET", SPILLWAY_PLACE SPILLWAY_IDENTITIES "/{name}", "UserAssignedIdentities_Get", any,
          get<identity_type>},
    Route{"DELETE", SPILLWAY_PLACE SPILLWAY_IDENTITIES "/{name}", "UserAssignedIdentities_Delete",
          any, remove<identity_type>},
    Route{"GET", SPILLWAY_PLACE SPILLWAY_IDENTITIES, "UserAssignedIdentities_ListByResourceGroup",
          any, list<identity_type>},
    Route{"GET", SPILLWAY_SUBSCRIPTION SPILLWAY_IDENTITIES,
          "UserAssignedIdentities_ListBySubscription", any, list<identity_type>},
    Route{"GET", SPILLWAY_ROLES "/{name}", "RoleDefinitions_GetById", any, get_role},
    SPILLWAY_ACCESS_AT(SPILLWAY_SUBSCRIPTION),
    SPILLWAY_ACCESS_AT(SPILLWAY_PLACE),
};

}  // namespace
}  // namespace access_calls

std::optional<ArmError> locked(const Call& call, std::string_view operation) {
  const std::string_view method{call.request.method};
  const bool harmless{method == "GET" || method == "HEAD" || operation.starts_with("Management") ||
                      !call.captures.contains("subscription")};
  if (harmless) return std::nullopt;
  const std::string path{lower_text(call.url.path) + "/"};
  for (const auto& [key, kept] : call.world.kept) {
    if (text_at(kept, "type") != access_calls::lock_type) continue;
    const std::string scope{key.substr(0, key.rfind("/providers/"))};
    const bool binds{method == "DELETE" || text_at(kept, "properties/level") == "ReadOnly"};
    if (!binds || !path.starts_with(scope + "/")) continue;
    return conflict("ScopeLocked",
                    fmt::format("The scope '{}' cannot perform {} operation because following "
                                "scope(s) are locked: '{}'. Please remove the lock and try again.",
                                call.url.path, method == "DELETE" ? "delete" : "write", scope));
  }
  return std::nullopt;
}

std::span<const Route> access_routes() {
  return access_calls::routes;
}

}  // namespace spillway::emulator
