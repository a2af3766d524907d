// Standby pools over HTTP (api-version 2025-10-01): create, read, list, resize, delete, runtime
// view.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "tests/emulator/container_groups.hpp"
#include "tests/emulator/json_at.hpp"
#include "tests/emulator/paging.hpp"
#include "tests/emulator/shape.hpp"
#include "tests/emulator/standby_pool.hpp"
#include "tests/emulator/text.hpp"

namespace spillway::emulator {
namespace standby_calls {
namespace {

namespace json = boost::json;

bool is_pool_name(std::string_view name) {
  return name.size() >= 3 && name.size() <= 24 && std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '-';
         });
}

Outcome<StandbyPool*> called_pool(const Call& call) {
  if (auto error{missing_resource_group(call)}) return *std::move(error);
  const ResourceName name{called_resource(call, standby_pool_type)};
  const auto found{call.world.standby_pools.find(name.key())};
  if (found == call.world.standby_pools.end()) return resource_not_found(name);
  return &found->second;
}

json::value show(const Call& call, const StandbyPool& pool) {
  return show_standby_pool(pool, call.world.now());
}

/// Carries out a PUT or PATCH whose body was read.
Response apply(const Call& call, StandbyPool pool, bool is_patch) {
  const ResourceName name{called_resource(call, standby_pool_type)};
  pool.name = name;
  if (auto error{unknown_region(call.world.options, pool.region, standby_pool_type)}) {
    return to_response(*error);
  }
  const bool is_new{!call.world.standby_pools.contains(name.key())};
  if (auto error{call.world.set_standby_pool(std::move(pool))}) return to_response(*error);
  const StandbyPool& stored{call.world.standby_pools.at(name.key())};
  Response response{json_response(is_new ? 201 : 200, show(call, stored))};
  if (is_patch) return response;
  const Operation& operation{call.world.begin_operation(
      OperationKind::other, standby_pool_type, stored.name.id(), stored.region, stored.settled)};
  add_polling(call, operation, response, LroHeaders::azure_async);
  return response;
}

Response put_pool(const Call& call) {
  if (auto error{missing_resource_group(call)}) return to_response(*error);
  if (!is_pool_name(call.capture("name"))) {
    return to_response(bad_request("InvalidResourceName",
                                   "A standby pool's name has 3 to 24 letters, digits and hyphens.",
                                   "standbyContainerGroupPoolName"));
  }
  const auto body{read_body(call)};
  if (!body) return to_response(body.error());
  auto pool{read_standby_pool(*body)};
  return pool ? apply(call, *std::move(pool), false) : to_response(pool.error());
}

Response get_pool(const Call& call) {
  const auto pool{called_pool(call)};
  return pool ? json_response(200, show(call, **pool)) : to_response(pool.error());
}

/// Tags, elasticity, profile and zones; what the body does not mention stays.
Response patch_pool(const Call& call) {
  const auto pool{called_pool(call)};
  if (!pool) return to_response(pool.error());
  const auto body{read_body(call)};
  if (!body) return to_response(body.error());
  const auto patch{conform(*body, standby_pool_shape(), "")};
  if (!patch) return to_response(patch.error());
  json::object merged{(*pool)->definition};
  if (const json::value * tags{patch->get_object().if_contains("tags")}) merged["tags"] = *tags;
  for (const auto& [key, value] : object_at(patch->get_object(), "properties")) {
    json::value& have{merged.at("properties").as_object()[key]};
    if (have.is_object() && value.is_object()) {
      for (const auto& [inner, inner_value] : value.get_object()) {
        have.get_object()[inner] = inner_value;
      }
    } else {
      have = value;
    }
  }
  auto changed{read_standby_pool(json::value(std::move(merged)))};
  return changed ? apply(call, *std::move(changed), true) : to_response(changed.error());
}

Response delete_pool(const Call& call) {
  if (auto error{missing_resource_group(call)}) return to_response(*error);
  const ResourceName name{called_resource(call, standby_pool_type)};
  const auto found{call.world.standby_pools.find(name.key())};
  if (found == call.world.standby_pools.end()) return empty_response(204);
  const std::string region{found->second.region};
  const TimePoint gone{call.world.remove_standby_pool(name.key())};
  const Operation& operation{call.world.begin_operation(OperationKind::remove, standby_pool_type,
                                                        name.id(), region, gone)};
  Response response{empty_response(202)};
  add_polling(call, operation, response, LroHeaders::location);
  return response;
}

Response list(const Call& call, const std::string& prefix) {
  std::vector<Page::Row> rows;
  for (const auto& [key, pool] : call.world.standby_pools) {
    if (!key.starts_with(prefix)) continue;
    rows.push_back({.key = key, .show = [&call, &shown = pool] { return show(call, shown); }});
  }
  return paged(call, rows);
}

Response list_in_subscription(const Call& call) {
  return list(call, subscription_prefix(call.capture("subscription")));
}

Response list_in_resource_group(const Call& call) {
  if (auto error{missing_resource_group(call)}) return to_response(*error);
  return list(call,
              resource_group_prefix(call.capture("subscription"), call.capture("resourceGroup")));
}

json::value view_of(const Call& call, const StandbyPool& pool) {
  const TimePoint now{call.world.now()};
  return show_runtime_view(pool, now, to_string(call.world.shown(now)));
}

Response get_runtime_view(const Call& call) {
  const auto pool{called_pool(call)};
  if (!pool) return to_response(pool.error());
  if (!equal_text(call.capture("view"), "latest")) {
    return to_response(not_found("ResourceNotFound", "The only runtime view is 'latest'."));
  }
  return json_response(200, view_of(call, **pool));
}

Response list_runtime_views(const Call& call) {
  const auto pool{called_pool(call)};
  if (!pool) return to_response(pool.error());
  return json_response(200, {{"value", json::array{view_of(call, **pool)}}});
}

Response provider_operations(const Call&) {
  struct Row {
    std::string_view verb, words;
  };
  static constexpr std::array rows{
      Row{"read", "Get a standby container group pool"},
      Row{"write", "Create or update a standby container group pool"},
      Row{"delete", "Delete a standby container group pool"},
  };
  json::array value;
  for (const Row& row : rows) {
    value.push_back(
        {{"name", fmt::format("Microsoft.StandbyPool/standbyContainerGroupPools/{}", row.verb)},
         {"isDataAction", false},
         {"display",
          {{"provider", "Microsoft Standby Pool"},
           {"resource", "Standby Container Group Pools"},
           {"operation", row.words},
           {"description", row.words}}},
         {"origin", "user,system"}});
  }
  return json_response(200, {{"value", std::move(value)}});
}

#define SPILLWAY_POOLS                                           \
  "/subscriptions/{subscription}/resourceGroups/{resourceGroup}" \
  "/providers/Microsoft.StandbyPool/standbyContainerGroupPools"

constexpr auto any{Versions::any};
constexpr std::array routes{
    Route{"GET", "/providers/Microsoft.StandbyPool/operations", "StandbyOperations_List", any,
          provider_operations},
    Route{"PUT", SPILLWAY_POOLS "/{name}", "StandbyContainerGroupPools_CreateOrUpdate", any,
          put_pool},
    Route{"GET", SPILLWAY_POOLS "/{name}", "StandbyContainerGroupPools_Get", any, get_pool},
    Route{"PATCH", SPILLWAY_POOLS "/{name}", "StandbyContainerGroupPools_Update", any, patch_pool},
    Route{"DELETE", SPILLWAY_POOLS "/{name}", "StandbyContainerGroupPools_Delete", any,
          delete_pool},
    Route{"GET", SPILLWAY_POOLS, "StandbyContainerGroupPools_ListByResourceGroup", any,
          list_in_resource_group},
    Route{"GET",
          "/subscriptions/{subscription}/providers/Microsoft.StandbyPool"
          "/standbyContainerGroupPools",
          "StandbyContainerGroupPools_ListBySubscription", any, list_in_subscription},
    Route{"GET", SPILLWAY_POOLS "/{name}/runtimeViews/{view}",
          "StandbyContainerGroupPoolRuntimeViews_Get", any, get_runtime_view},
    Route{"GET", SPILLWAY_POOLS "/{name}/runtimeViews",
          "StandbyContainerGroupPoolRuntimeViews_ListByStandbyPool", any, list_runtime_views},
};

}  // namespace
}  // namespace standby_calls

std::span<const Route> standby_routes() {
  return standby_calls::routes;
}

}  // namespace spillway::emulator
