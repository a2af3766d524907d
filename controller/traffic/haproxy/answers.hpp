// What HAProxy's runtime API answers, read from its text: there are no status codes, so texts are
// matched, and a table counts as whole only with the empty line that ends it. Pure; every byte is
// foreign. Columns are found by name, since versions add some.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/core/error.hpp"

namespace spillway::haproxy {

/// Bytes of an answer that are read: about 600 for each server, so some 7000 servers a backend.
inline constexpr std::size_t answer_limit{4 * 1024 * 1024};

/// One server of a backend, ours or not.
struct Server {
  std::string name{};
  std::string ip{};  ///< `-` or empty if it has none
  int port{0};
  int weight{0};
  bool is_in_maintenance{false};
  bool is_draining{false};
  bool needs_health_enabled{false};  ///< has a check that was never switched on
  int in_flight{0};                  ///< requests it works on or that wait for it

  bool operator==(const Server&) const = default;
};

/// The answer to `show_servers` with the backend's number. A server that is in one table only was
/// added or deleted between the two and is left out. Errors: bad_request (no such backend), denied
/// (the socket's level), malformed (truncated, not HAProxy, or two tables without one server in
/// common), too_large.
Result<std::vector<Server>> parse_servers(std::string_view answer);

/// The backend's number from the first table of any answer to `show_servers`; nothing if it has no
/// servers. It may change when HAProxy is reloaded. Errors: those of `parse_servers`.
Result<std::optional<int>> parse_backend_number(std::string_view answer);

/// The answer to `add server`. A server that exists already is success: the next look tells more.
Result<void> parse_added(std::string_view answer);

/// The answer to the commands that say nothing on success, also several at once. Error not_found:
/// no such server.
Result<void> parse_changed(std::string_view answer);

/// The answer to `del server`. Gone already is success. Error transitioning: connections left.
Result<void> parse_deleted(std::string_view answer);

}  // namespace spillway::haproxy
