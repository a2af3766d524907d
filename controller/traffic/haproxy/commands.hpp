// The runtime API's commands as text: pure, total, and built from checked parts only. One line per
// call, without its line end. Facts measured with HAProxy 2.6.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "controller/traffic/haproxy/names.hpp"
#include "controller/traffic/haproxy/settings.hpp"

namespace spillway::haproxy {

/// Both tables of a backend in one answer: the administrative state knows what was asked for, the
/// statistics know what is in flight. `backend` must be a valid name. The statistics are asked for
/// by the backend's number: by name they would be those of a frontend that has the same one.
/// Without the number only the administrative state, which tells it.
std::string show_servers(const std::string& backend, std::optional<int> number);

/// Adds a server of `workload`, which is in maintenance then.
std::string add_server(const ServerRef& server, const Address& address, int weight,
                       const Settings& settings, std::string_view workload);

/// In place; connections to the old address go on.
std::string set_address(const ServerRef& server, const Address& address);

std::string set_weight(const ServerRef& server, int weight);

/// Without it the check of an added server stays off.
std::string enable_health(const ServerRef& server);

enum class AdminState { ready, drain, maint };
std::string set_state(const ServerRef& server, AdminState state);

/// Only in maintenance and without connections. It would delete the owner's own servers just as
/// well, so the caller has to know that it is ours.
std::string delete_server(const ServerRef& server);

}  // namespace spillway::haproxy
