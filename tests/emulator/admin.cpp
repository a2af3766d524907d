#include "tests/emulator/admin.hpp"

#include <fmt/format.h>

#include <array>
#include <boost/json/parse.hpp>
#include <charconv>

#include "tests/emulator/authority.hpp"
#include "tests/emulator/text.hpp"
#include "tests/emulator/world.hpp"

namespace spillway::emulator {
namespace admin_calls {
namespace {

namespace json = boost::json;

Outcome<json::object> body_of(const Call& call) {
  if (call.request.body.empty()) return json::object{};
  boost::system::error_code error;
  json::value body(json::parse(call.request.body, error));
  if (error || !body.is_object()) {
    return bad_request("InvalidBody",
                       fmt::format("The body must be a JSON object: {}.",
                                   error ? error.message() : "it is something else"));
  }
  return std::move(body.as_object());
}

Response get_state(const Call& call) {
  return json_response(200, show_state(call.world));
}

Response reset(const Call& call) {
  call.world.reset();
  return json_response(200, show_state(call.world));
}

Response add_fault(const Call& call) {
  const auto body{body_of(call)};
  if (!body) return to_response(body.error());
  auto fault{read_fault(*body, call.world.now())};
  if (!fault) return to_response(fault.error());
  fault->id = call.world.faults.add(*fault);
  return json_response(201, show_fault(*fault));
}

Response list_faults(const Call& call) {
  return json_response(200, {{"value", call.world.faults.show()}});
}

Response clear_faults(const Call& call) {
  call.world.faults.clear();
  return empty_response(204);
}

Response remove_fault(const Call& call) {
  const std::string& text{call.capture("fault")};
  std::uint64_t id{0};
  std::from_chars(text.data(), text.data() + text.size(), id);
  if (call.world.faults.remove(id)) return empty_response(204);
  return to_response(not_found("FaultNotFound", fmt::format("There is no fault '{}'.", text)));
}

/// Groups are named without their resource group here; the first one of the name is meant.
Outcome<std::string> named_group(const Call& call) {
  for (const auto& [key, group] : call.world.groups()) {
    if (equal_text(group.name, call.capture("group"))) return key;
  }
  return not_found("ResourceNotFound",
                   fmt::format("There is no container group '{}'.", call.capture("group")));
}

Response evict(const Call& call) {
  const auto key{named_group(call)};
  if (!key) return to_response(key.error());
  const auto body{body_of(call)};
  if (!body) return to_response(body.error());
  const Group& group{*call.world.find_group(*key)};
  if (group.phase != Phase::provisioned) {
    return to_response(conflict("GroupNotRunning", "Only a provisioned group can be evicted."));
  }
  const json::value* new_address{body->if_contains("newAddress")};
  if (new_address != nullptr && !new_address->is_bool()) {
    return to_response(bad_request("InvalidBody", "'newAddress' must be true or false."));
  }
  // Only Spot capacity is taken back; what happens to other groups is maintenance.
  const json::value* cause{body->if_contains("cause")};
  const bool is_word{cause == nullptr || *cause == "eviction" || *cause == "maintenance"};
  if (!is_word) {
    return to_response(bad_request("InvalidBody", "'cause' must be eviction or maintenance."));
  }
  const bool is_eviction{cause == nullptr ? group.spot : *cause == "eviction"};
  call.world.interrupt_group(
      *key, is_eviction ? World::Interruption::eviction : World::Interruption::maintenance,
      new_address == nullptr || new_address->get_bool());
  return empty_response(204);
}

Response crash(const Call& call) {
  const auto key{named_group(call)};
  if (!key) return to_response(key.error());
  const auto body{body_of(call)};
  if (!body) return to_response(body.error());
  const json::value* code{body->if_contains("exitCode")};
  if (code != nullptr && !code->is_int64()) {
    return to_response(bad_request("InvalidBody", "'exitCode' must be an integer."));
  }
  Group& group{*call.world.find_group(*key)};
  bool any{false};
  for (std::size_t i{0}; i < group.containers.size(); ++i) {
    if (group.containers[i].current.kind != ContainerState::Kind::running) continue;
    call.world.crash_container(*key, i,
                               code != nullptr ? static_cast<int>(code->get_int64()) : 137);
    any = true;
  }
  if (any) return empty_response(204);
  return to_response(conflict("GroupNotRunning", "No container of the group is running."));
}

/// Moves emulator time forward by `seconds`: everything due until then has happened when it
/// answers.
Response advance(const Call& call) {
  const auto body{body_of(call)};
  if (!body) return to_response(body.error());
  const json::value* value{body->if_contains("seconds")};
  if (value == nullptr || !value->is_number() || value->to_number<double>() < 0 ||
      value->to_number<double>() > 1e8) {
    return to_response(bad_request("InvalidBody", "'seconds' must be a number from 0 to 1e8."));
  }
  call.advance(duration_of_seconds(value->to_number<double>()));
  return json_response(200, {{"now", to_string(call.world.now())}});
}

Response revoke_tokens(const Call& call) {
  call.authority.revoke_all();
  return empty_response(204);
}

constexpr auto none{Versions::none};
constexpr std::array routes{
    Route{"GET", "/_emulator/state", "Admin", none, get_state},
    Route{"POST", "/_emulator/reset", "Admin", none, reset},
    Route{"POST", "/_emulator/advance", "Admin", none, advance},
    Route{"POST", "/_emulator/revoke-tokens", "Admin", none, revoke_tokens},
    Route{"GET", "/_emulator/faults", "Admin", none, list_faults},
    Route{"POST", "/_emulator/faults", "Admin", none, add_fault},
    Route{"DELETE", "/_emulator/faults", "Admin", none, clear_faults},
    Route{"DELETE", "/_emulator/faults/{fault}", "Admin", none, remove_fault},
    Route{"POST", "/_emulator/groups/{group}/evict", "Admin", none, evict},
    Route{"POST", "/_emulator/groups/{group}/crash", "Admin", none, crash},
};

}  // namespace
}  // namespace admin_calls

namespace json = boost::json;

json::object show_state(const World& world) {
  json::array groups;
  for (const auto& [key, group] : world.groups()) {
    json::object tags;
    if (const json::value * found{group.definition.if_contains("tags")}) tags = found->as_object();
    int restarts{0};
    for (const Container& container : group.containers) restarts += container.restart_count;
    groups.push_back({{"id", resource_id(group)},
                      {"name", group.name},
                      {"region", group.region},
                      {"provisioningState", provisioning_state(group)},
                      {"state", instance_state(group)},
                      {"ip", group.address},
                      {"cpu", group.cpu},
                      {"memoryInGB", group.memory_gb},
                      {"restarts", restarts},
                      {"createdAt", to_string(world.shown(group.created))},
                      {"billed", group.billed_since.has_value()},
                      {"tags", std::move(tags)}});
  }
  json::object operations;
  for (const auto& [name, by_status] : world.answers) {
    json::object counts;
    for (const auto& [status, count] : by_status)
      counts[status == 0 ? "lost" : std::to_string(status)] = count;
    operations[name] = std::move(counts);
  }
  const double cost{world.cost().usd()};
  return {{"now", to_string(world.now())},
          {"clientNow", to_string(world.shown(world.now()))},
          {"speed", world.options.speed},
          {"groups", std::move(groups)},
          {"operations", std::move(operations)},
          {"costUsd", cost / world.options.speed},
          {"emulatedCostUsd", cost},
          {"faults", world.faults.show()}};
}

std::span<const Route> admin_routes() {
  return admin_calls::routes;
}

}  // namespace spillway::emulator
