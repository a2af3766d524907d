// What an answer of Azure that is not a success means. The HTTP status alone does not tell: no
// capacity comes as 409 with the code ServiceUnavailable, a full quota under the same code with
// another text, and a 404 page of a proxy is no proof that a group is gone. Pure.
#pragma once

#include <optional>
#include <string_view>

#include "controller/core/error.hpp"
#include "controller/io/http.hpp"

namespace spillway::aci {

/// The error that `response` (not 2xx) is. `what` says what was tried, for the context, which also
/// shows the status, the code and the beginning of the message. Carries Retry-After and the
/// server's request id.
///
/// Status and code decide; a message is searched only for 400 and 409, and for whole phrases, as it
/// names groups, resource groups and images that may be called anything.
///
/// no_capacity: ServiceUnavailable with 409, "not available in the location", InsufficientCapacity.
/// quota: a code about a quota, or "quota 'x' exceeded". transitioning:
/// ContainerGroupTransitioning, another operation in progress, 412. registry:
/// RegistryErrorResponse, InaccessibleImage. throttled: 429. denied: 401, 403, a lock; a resource
/// group, subscription, provider registration or region that is not there: true of this place only.
/// not_found: 404 in ARM's own words about the resource itself. timeout: 408, 504: a write may have
/// happened. unavailable: other 5xx, other 409. malformed: a redirect, a 404 or another 4xx that is
/// not ARM's. bad_request: every other 4xx.
Error error_of_answer(std::string_view what, const io::HttpResponse& response);

/// True for an answer's error that says: the resource group itself does not exist, nor what was in
/// it.
bool says_no_resource_group(const Error& error);
/// True if the subscription has never used this kind of resource: there is none of it.
bool says_not_registered(const Error& error);

/// True for a 429 of Resource Manager itself, which counts all requests to a subscription; any
/// other one comes from the service that was asked.
bool is_throttled_by_subscription(const io::HttpResponse& response);

/// The same judgement for what Azure says about a group that failed after it was accepted: an
/// error code or event name, and its text. Nothing where the words tell no kind.
std::optional<Errc> kind_of_failure(std::string_view code, std::string_view message);

/// True for a quota message whose limit is zero (`Limit '0'`, `Limit: 0`): waiting does not help,
/// a person has to ask Azure for a quota in that region.
bool is_limit_zero(std::string_view message);

}  // namespace spillway::aci
