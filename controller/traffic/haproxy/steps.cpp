#include "controller/traffic/haproxy/steps.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "controller/traffic/haproxy/commands.hpp"
#include "controller/traffic/haproxy/names.hpp"

namespace spillway::haproxy {

namespace {

bool is_ours(const Settings& settings, const Server& server) {
  return group_of(settings.prefix, server.name) || is_slot(settings.slots, server.name);
}

/// A slot nobody uses: out of service, and the last request of its last user is through.
bool is_free_slot(const Settings& settings, const Server& server) {
  return is_slot(settings.slots, server.name) && server.is_in_maintenance && server.in_flight == 0;
}

bool is_at(const Server& server, const Backend& backend) {
  return server.ip == backend.ip && server.port == backend.port;
}

/// Our server of `backend`: that of its name, else the slot at its address. Null if none.
const Server* find(const Settings& settings, const std::vector<Server>& servers,
                   const Backend& backend) {
  const std::string name{settings.prefix + backend.group.name};
  const Server* slot{nullptr};
  for (const Server& server : servers) {
    if (!backend.group.name.empty() && server.name == name) return &server;
    // Of two slots at one address the one in use counts.
    const bool is_candidate{is_slot(settings.slots, server.name) && is_at(server, backend)};
    if (is_candidate && (slot == nullptr || slot->is_in_maintenance)) slot = &server;
  }
  return slot;
}

const Server* free_slot(const Settings& settings, std::string_view haproxy_backend,
                        const std::vector<Server>& servers, const std::set<std::string>& reserved) {
  for (const Server& server : servers) {
    if (is_free_slot(settings, server) &&
        !reserved.contains(fmt::format("{}/{}", haproxy_backend, server.name)))
      return &server;
  }
  return nullptr;
}

Result<Steps> steps_to_add(const Settings& settings, std::string_view haproxy_backend,
                           const Backend& wanted, const Address& address, int weight) {
  Steps added{.server = settings.prefix + wanted.group.name};
  if (wanted.group.name.empty()) return Error{Errc::bad_request, "a backend without a group"};
  const Result<ServerRef> server = ServerRef::make(haproxy_backend, added.server);
  if (!server) return server.error();
  added.steps.push_back(
      {Step::Kind::add, add_server(*server, address, weight, settings, wanted.workload)});
  if (settings.check.is_enabled)
    added.steps.push_back({Step::Kind::change, enable_health(*server)});
  added.steps.push_back({Step::Kind::change, set_state(*server, AdminState::ready)});
  return added;
}

}  // namespace

Result<Steps> steps_to_admit(const Settings& settings, std::string_view haproxy_backend,
                             const std::vector<Server>& servers, const Backend& wanted,
                             const std::set<std::string>& reserved) {
  const Result<Address> address = Address::make(wanted.ip, wanted.port);
  if (!address) return address.error();
  const int weight{haproxy_weight(wanted.weight, base_weight(settings, servers))};
  const Server* present{find(settings, servers, wanted)};
  if (present == nullptr && settings.slots.empty()) {
    return steps_to_add(settings, haproxy_backend, wanted, *address, weight);
  }
  if (present == nullptr) present = free_slot(settings, haproxy_backend, servers, reserved);
  if (present == nullptr) {
    return Error{.code = Errc::no_capacity,
                 .context = fmt::format("no free slot `{}<number>` in HAProxy's backend {}",
                                        settings.slots, haproxy_backend),
                 .advice = "enlarge its server-template, or add servers at run time (no `slots`)"};
  }
  const Result<ServerRef> server = ServerRef::make(haproxy_backend, present->name);
  if (!server) return server.error();
  Steps changed{.server = present->name};
  const auto change = [&](std::string command) {
    changed.steps.push_back({Step::Kind::change, std::move(command)});
  };
  if (present->ip != address->ip() || present->port != address->port()) {
    change(set_address(*server, *address));
  }
  if (present->weight != weight) change(set_weight(*server, weight));
  if (present->needs_health_enabled) change(enable_health(*server));
  if (present->is_in_maintenance || present->is_draining) {
    change(set_state(*server, AdminState::ready));
  }
  return changed;
}

Result<Steps> steps_to_drain(const Settings& settings, std::string_view haproxy_backend,
                             const std::vector<Server>& servers, const Backend& backend) {
  const Server* const present{find(settings, servers, backend)};
  const bool is_so_already{present == nullptr || present->is_draining ||
                           present->is_in_maintenance};
  if (is_so_already) return Steps{};
  const Result<ServerRef> server = ServerRef::make(haproxy_backend, present->name);
  if (!server) return server.error();
  return Steps{.steps = {{Step::Kind::change, set_state(*server, AdminState::drain)}},
               .server = present->name};
}

Result<Steps> steps_to_evict(const Settings& settings, std::string_view haproxy_backend,
                             const std::vector<Server>& servers, const Backend& backend) {
  const Server* const present{find(settings, servers, backend)};
  if (present == nullptr) return Steps{};
  const Result<ServerRef> server = ServerRef::make(haproxy_backend, present->name);
  if (!server) return server.error();
  Steps out{.server = present->name};
  const auto change = [&](AdminState state) {
    out.steps.push_back({Step::Kind::change, set_state(*server, state)});
  };
  // Entering maintenance closes idle connections, which would keep the server from being deleted.
  // One that became idle after that is only closed by entering again.
  const bool is_second_try{present->is_in_maintenance && present->in_flight == 0};
  if (is_second_try) change(AdminState::drain);
  if (is_second_try || !present->is_in_maintenance) change(AdminState::maint);
  if (group_of(settings.prefix, present->name)) {
    out.steps.push_back({Step::Kind::remove, delete_server(*server)});
  } else {
    out.in_flight_left = present->in_flight;
  }
  return out;
}

std::vector<ListedBackend> our_backends(const Settings& settings, std::string_view workload,
                                        const std::vector<Server>& servers, const Asked& asked) {
  const int base{base_weight(settings, servers)};
  std::vector<ListedBackend> listed{};
  for (const Server& server : servers) {
    const auto group = group_of(settings.prefix, server.name);
    const bool is_used_slot{is_slot(settings.slots, server.name) &&
                            !is_free_slot(settings, server)};
    if (!group && !is_used_slot) continue;
    const double weight{100.0 * server.weight / base};
    Backend backend{.group = group.value_or(GroupId{}),
                    .workload = std::string{workload},
                    .ip = server.ip,
                    .port = server.port,
                    .weight = static_cast<int>(std::lround(weight))};
    if (const Backend* const wish{asked.find(backend)}) {
      backend.group = wish->group;
      if (haproxy_weight(wish->weight, base) == server.weight) backend.weight = wish->weight;
    }
    const bool is_out{server.is_draining || server.is_in_maintenance};
    listed.push_back({.backend = std::move(backend),
                      .state = is_out ? BackendState::draining : BackendState::admitted,
                      .in_flight = server.in_flight});
  }
  return listed;
}

int base_weight(const Settings& settings, const std::vector<Server>& servers) {
  if (settings.base_weight) return *settings.base_weight;
  std::map<int, int> votes{};
  for (const Server& server : servers) {
    if (!is_ours(settings, server) && server.weight > 0) ++votes[server.weight];
  }
  const auto most = std::max_element(
      votes.begin(), votes.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  return most == votes.end() ? 100 : most->first;
}

int haproxy_weight(int weight, int base) {
  const double scaled{static_cast<double>(weight) * base / 100.0};
  return static_cast<int>(std::clamp(std::round(scaled), 1.0, 256.0));
}

}  // namespace spillway::haproxy
