// What clients poll: the status document (Azure-AsyncOperation) and the result (Location).
#include <fmt/format.h>

#include <array>

#include "tests/emulator/container_groups.hpp"
#include "tests/emulator/text.hpp"

namespace spillway::emulator {
namespace operation_calls {
namespace {

namespace json = boost::json;

std::string polling_url(const Call& call, const Operation& operation, std::string_view kind) {
  return fmt::format("{}/subscriptions/{}/providers/{}/locations/{}/{}/{}?api-version={}",
                     call.request.base_url, call.capture("subscription"), operation.provider,
                     operation.region, kind, operation.id, percent_encode(call.api_version));
}

void add_retry_after(const Call& call, Response& response) {
  response.headers.emplace_back(
      "Retry-After", std::to_string(call.world.client_seconds(call.world.options.retry_after)));
}

Outcome<const Operation*> called_operation(const Call& call) {
  const Operation* operation{call.world.operations.find(call.capture("operation"))};
  if (operation == nullptr) {
    return not_found("OperationNotFound",
                     fmt::format("The operation '{}' was not found.", call.capture("operation")));
  }
  return operation;
}

Response status(const Call& call) {
  const auto found{called_operation(call)};
  if (!found) return to_response(found.error());
  const Operation& operation{**found};
  const bool failed{operation.error.has_value()};
  json::object body{{"id", call.url.path},
                    {"name", operation.id},
                    {"resourceId", operation.resource_id},
                    {"status", !operation.ended ? "InProgress"
                               : failed         ? "Failed"
                                                : "Succeeded"},
                    {"startTime", to_string(call.world.shown(operation.started))}};
  if (operation.ended) {
    body["endTime"] = to_string(call.world.shown(*operation.ended));
    body["percentComplete"] = 100;
  }
  if (failed) body["error"] = to_json(*operation.error);
  Response response{json_response(200, body)};
  if (!operation.ended) add_retry_after(call, response);
  return response;
}

Response result(const Call& call) {
  const auto found{called_operation(call)};
  if (!found) return to_response(found.error());
  const Operation& operation{**found};
  if (!operation.ended) {
    Response response{empty_response(202)};
    response.headers.emplace_back("Location", polling_url(call, operation, "operationResults"));
    add_retry_after(call, response);
    return response;
  }
  if (operation.error) return to_response(*operation.error);
  // Clients of Compute take no 204 for instances that they deleted.
  if (operation.provider == "Microsoft.Compute") return empty_response(200);
  const Group* group{call.world.find_group(operation.group)};
  if (operation.kind != OperationKind::create || group == nullptr) return empty_response(204);
  return json_response(200, show_group(*group, call.world.view(Detail::full, call.api_version)));
}

Response resource_group_result(const Call& call) {
  const auto found{called_operation(call)};
  if (!found) return to_response(found.error());
  if ((*found)->ended) return empty_response(200);
  Response response{empty_response(202)};
  add_resource_group_polling(call, **found, response);
  return response;
}

#define SPILLWAY_LOCATION "/providers/{provider}/locations/{location}"

constexpr auto any{Versions::any};
constexpr std::array routes{
    Route{"GET", "/subscriptions/{subscription}" SPILLWAY_LOCATION "/operations/{operation}",
          "Operations_Get", any, status},
    Route{"GET", "/subscriptions/{subscription}" SPILLWAY_LOCATION "/operationResults/{operation}",
          "OperationResults_Get", any, result},
    Route{"GET", "/subscriptions/{subscription}/operationresults/{operation}",
          "OperationResults_Get", any, resource_group_result},
};

}  // namespace
}  // namespace operation_calls

void add_resource_group_polling(const Call& call, const Operation& operation, Response& response) {
  response.headers.emplace_back(
      "Location",
      fmt::format("{}/subscriptions/{}/operationresults/{}?api-version={}", call.request.base_url,
                  call.capture("subscription"), operation.id, percent_encode(call.api_version)));
  operation_calls::add_retry_after(call, response);
}

void add_polling(const Call& call, const Operation& operation, Response& response) {
  add_polling(call, operation, response, call.world.options.lro_headers);
}

void add_polling(const Call& call, const Operation& operation, Response& response,
                 LroHeaders style) {
  if (style == LroHeaders::both || style == LroHeaders::azure_async) {
    response.headers.emplace_back("Azure-AsyncOperation",
                                  operation_calls::polling_url(call, operation, "operations"));
  }
  if (style == LroHeaders::both || style == LroHeaders::location) {
    response.headers.emplace_back(
        "Location", operation_calls::polling_url(call, operation, "operationResults"));
  }
  operation_calls::add_retry_after(call, response);
}

std::span<const Route> operation_routes() {
  return operation_calls::routes;
}

}  // namespace spillway::emulator
