// Exec and attach: the request that prepares a terminal, and the address where it is opened.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>

#include "tests/emulator/container_groups.hpp"
#include "tests/emulator/json_at.hpp"
#include "tests/emulator/text.hpp"

namespace spillway::emulator {
namespace exec_calls {
namespace {

namespace json = boost::json;

/// The running container that the call names, or the error to answer.
Outcome<ContainerTarget> running_container(const Call& call) {
  const auto target{called_container(call)};
  if (!target) return target.error();
  const Container& container{target->group->containers[target->container]};
  if (container.current.kind != ContainerState::Kind::running) {
    return conflict("ContainerNotRunning",
                    fmt::format("The container '{}' in container group '{}' is not running.",
                                container.name, target->group->name));
  }
  return *target;
}

/// `{webSocketUri, password}` for a terminal that waits at the door.
Response invitation(const Call& call, std::shared_ptr<Terminal> terminal, std::string_view verb,
                    std::string_view more) {
  const std::string id{call.world.new_guid()}, password{call.world.new_guid()};
  call.world.terminals.leave(id, password, std::move(terminal));
  // https becomes wss, http becomes ws.
  const std::string& base{call.request.base_url};
  const std::string uri{fmt::format("ws{}/{}/caas-{}?{}api-version=2018-02-01-preview",
                                    base.substr(4), verb, id, more)};
  return json_response(200, {{"webSocketUri", uri}, {"password", password}});
}

Response exec(const Call& call) {
  const auto target{running_container(call)};
  if (!target) return to_response(target.error());
  boost::system::error_code error;
  const json::value body(json::parse(call.request.body, error));
  if (error || !body.is_object()) {
    return to_response(bad_request("InvalidRequestContent",
                                   "The request content was invalid: not a JSON object."));
  }
  const json::object& fields{body.get_object()};
  ExecRequest request;
  request.command = text_at(fields, "command");
  if (request.command.empty()) {
    return to_response(
        bad_request("InvalidRequestContent", "The 'command' of an exec is required.", "command"));
  }
  const auto size_at{[&](std::string_view path, int otherwise) {
    const double size{number_at(fields, path).value_or(otherwise)};
    return size >= 1 && size <= 10'000 ? static_cast<int>(size) : otherwise;
  }};
  request.rows = size_at("terminalSize/rows", request.rows);
  request.columns = size_at("terminalSize/cols", request.columns);
  auto terminal{call.world.exec(*target->group, target->container, request)};
  if (!terminal) return to_response(terminal.error());
  return invitation(call, *std::move(terminal), "exec",
                    fmt::format("rows={}&cols={}&", request.rows, request.columns));
}

Response attach(const Call& call) {
  const auto target{running_container(call)};
  if (!target) return to_response(target.error());
  return invitation(call, call.world.attach(*target->group, target->container), "attach", "");
}

Response open_terminal(const Call& call) {
  const std::string& session{call.capture("session")};
  const std::string id{session.starts_with("caas-") ? session.substr(5) : session};
  const std::string* header{find_header(call.request.headers, "Authorization")};
  auto terminal{
      call.world.terminals.enter(id, header != nullptr ? std::optional{*header} : std::nullopt)};
  if (!terminal) {
    return to_response(not_found("SessionNotFound",
                                 "There is no such session, it was opened before, or the password "
                                 "in the Authorization header is wrong."));
  }
  Response response{empty_response(101)};
  response.terminal = std::move(terminal);
  return response;
}

#define SPILLWAY_CONTAINER                                       \
  "/subscriptions/{subscription}/resourceGroups/{resourceGroup}" \
  "/providers/Microsoft.ContainerInstance/containerGroups/{group}/containers/{container}"

constexpr auto aci{Versions::container_instance};
constexpr std::array routes{
    Route{"POST", SPILLWAY_CONTAINER "/exec", "Containers_ExecuteCommand", aci, exec},
    Route{"POST", SPILLWAY_CONTAINER "/attach", "Containers_Attach", aci, attach},
    Route{"GET", "/exec/{session}", "Terminal", Versions::none, open_terminal},
    Route{"GET", "/attach/{session}", "Terminal", Versions::none, open_terminal},
};

}  // namespace
}  // namespace exec_calls

std::span<const Route> exec_routes() {
  return exec_calls::routes;
}

}  // namespace spillway::emulator
