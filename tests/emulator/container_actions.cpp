// Start, stop, restart; logs; outbound hosts; the link to a subnet.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "tests/emulator/container_groups.hpp"
#include "tests/emulator/quotas.hpp"
#include "tests/emulator/text.hpp"

namespace spillway::emulator {
namespace action_calls {
namespace {

#define SPILLWAY_CALLED                                          \
  "/subscriptions/{subscription}/resourceGroups/{resourceGroup}" \
  "/providers/Microsoft.ContainerInstance/containerGroups/{group}"

/// The group of the call if nothing runs on it; otherwise the error to answer.
Outcome<Group*> idle_group(const Call& call) {
  if (auto error{missing_resource_group(call)}) return *std::move(error);
  Group* group{call.world.find_group(called_group(call))};
  if (group == nullptr) return group_not_found(call);
  if (in_transition(*group)) return group_transitioning(*group);
  return group;
}

bool is_running(const Group& group) {
  return group.phase == Phase::provisioned && !all_ended(group);
}

/// 202 with something to poll. Clients of the versions before 2021-03-01 fail on it and take only
/// 204; those of the next few fail on a 204, even where nothing is to do.
Response start(const Call& call) {
  const auto group{idle_group(call)};
  if (!group) return to_response(group.error());
  const bool nothing_to_do{is_running(**group)};
  const bool is_polled{call.api_version >= "2021-03-01"};
  if (nothing_to_do && (!is_polled || call.api_version >= "2021-10-01")) return empty_response(204);
  if (!nothing_to_do) {
    if (auto error{admit_again(call.world, **group)}) return to_response(*error);
  }
  const Operation operation{
      nothing_to_do ? call.world.begin_operation(
                          OperationKind::start, "Microsoft.ContainerInstance/containerGroups",
                          resource_id(**group), (*group)->region, call.world.now())
                    : call.world.start_group(called_group(call), OperationKind::start)};
  if (!is_polled) return empty_response(204);
  Response response{empty_response(202)};
  add_polling(call, operation, response);
  return response;
}

/// 204, yet the restart takes its time: the service answers so, and clients fail on a 202 here.
Response restart(const Call& call) {
  const auto group{idle_group(call)};
  if (!group) return to_response(group.error());
  call.world.start_group(called_group(call), OperationKind::restart);
  return empty_response(204);
}

Response stop(const Call& call) {
  const auto group{idle_group(call)};
  if (!group) return to_response(group.error());
  call.world.stop_group(called_group(call));
  return empty_response(204);
}

}  // namespace
}  // namespace action_calls

Outcome<ContainerTarget> called_container(const Call& call) {
  if (auto error{missing_resource_group(call)}) return *std::move(error);
  const Group* group{call.world.find_group(called_group(call))};
  if (group == nullptr) return group_not_found(call);
  const std::string& name{call.capture("container")};
  const auto found{std::find_if(group->containers.begin(), group->containers.end(),
                                [&](const Container& c) { return equal_text(c.name, name); })};
  if (found == group->containers.end()) {
    return not_found(
        "ContainerNotFound",
        fmt::format("The container '{}' is not in container group '{}'.", name, group->name));
  }
  return ContainerTarget{.group = group,
                         .container = static_cast<std::size_t>(found - group->containers.begin())};
}

namespace action_calls {
namespace {

Response logs(const Call& call) {
  const auto target{called_container(call)};
  if (!target) return to_response(target.error());
  std::optional<std::size_t> tail;
  if (const auto text{call.url.parameter("tail")}) {
    std::size_t lines{0};
    const char* const end{text->data() + text->size()};
    const auto [stop_at, error]{std::from_chars(text->data(), end, lines)};
    if (error != std::errc{} || stop_at != end) {
      return to_response(bad_request("InvalidParameter", "'tail' must be a whole number.", "tail"));
    }
    tail = lines;
  }
  const bool timestamps{equal_text(call.url.parameter("timestamps").value_or("false"), "true")};
  return json_response(
      200, {{"content", call.world.logs(*target->group, target->container, tail, timestamps)}});
}

/// The hosts that a group in a subnet must be able to reach.
Response outbound_hosts(const Call& call) {
  if (auto error{missing_resource_group(call)}) return to_response(*error);
  const Group* group{call.world.find_group(called_group(call))};
  if (group == nullptr) return to_response(group_not_found(call));
  return json_response(200,
                       boost::json::array{fmt::format("{}.azurecontainer.io:443", group->region)});
}

/// The link that keeps a subnet delegated to us: gone as soon as it is asked to go.
Response delete_subnet_link(const Call& call) {
  if (auto error{missing_resource_group(call)}) return to_response(*error);
  return empty_response(204);
}

constexpr auto aci{Versions::container_instance};
constexpr std::array routes{
    Route{"POST", SPILLWAY_CALLED "/start", "ContainerGroups_Start", aci, start},
    Route{"POST", SPILLWAY_CALLED "/stop", "ContainerGroups_Stop", aci, stop},
    Route{"POST", SPILLWAY_CALLED "/restart", "ContainerGroups_Restart", aci, restart},
    Route{"GET", SPILLWAY_CALLED "/containers/{container}/logs", "Containers_ListLogs", aci, logs},
    Route{"GET", SPILLWAY_CALLED "/outboundNetworkDependenciesEndpoints",
          "ContainerGroups_GetOutboundNetworkDependenciesEndpoints", aci, outbound_hosts},
    Route{"DELETE",
          "/subscriptions/{subscription}/resourceGroups/{resourceGroup}/providers/Microsoft.Network"
          "/virtualNetworks/{network}/subnets/{subnet}/providers/Microsoft.ContainerInstance"
          "/serviceAssociationLinks/default",
          "SubnetServiceAssociationLink_Delete", aci, delete_subnet_link},
};

}  // namespace
}  // namespace action_calls

std::span<const Route> container_action_routes() {
  return action_calls::routes;
}

}  // namespace spillway::emulator
