// What has to be said to one HAProxy to admit, drain or evict one backend, given what it has now:
// pure, so that every corner is tested without a socket. Only servers that are ours are ever named
// in a step: those with our prefix, and the slots of our `server-template`.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "controller/core/error.hpp"
#include "controller/traffic/haproxy/answers.hpp"
#include "controller/traffic/haproxy/asked.hpp"
#include "controller/traffic/haproxy/settings.hpp"
#include "controller/traffic/traffic.hpp"

namespace spillway::haproxy {

struct Step {
  enum class Kind { add, change, remove };  ///< which answer to expect

  Kind kind{Kind::change};
  std::string command{};

  bool operator==(const Step&) const = default;
};

struct Steps {
  std::vector<Step> steps{};  ///< empty: it is so already
  std::string server{};       ///< whom they are about; empty: there is no such server
  int in_flight_left{0};      ///< more than 0: out of service after the steps, but not empty yet
};

/// Error: bad_request (a name or address that must not enter a command), no_capacity (every slot is
/// in use). `reserved` are slots, as `backend/server`, that
/// another call is filling now.
Result<Steps> steps_to_admit(const Settings& settings, std::string_view haproxy_backend,
                             const std::vector<Server>& servers, const Backend& wanted,
                             const std::set<std::string>& reserved);
Result<Steps> steps_to_drain(const Settings& settings, std::string_view haproxy_backend,
                             const std::vector<Server>& servers, const Backend& backend);
/// Into maintenance, and out if it was added by us; a slot stays, in maintenance.
Result<Steps> steps_to_evict(const Settings& settings, std::string_view haproxy_backend,
                             const std::vector<Server>& servers, const Backend& backend);

/// Our servers that hold a backend, each with `workload`. The group of a slot is empty unless
/// `asked` knows it. Weights are in Spillway's scale; where HAProxy has what it was asked for, as
/// near as its scale allows, the weight is the one that was asked.
std::vector<ListedBackend> our_backends(const Settings& settings, std::string_view workload,
                                        const std::vector<Server>& servers, const Asked& asked);

/// HAProxy's weight of a base server: the setting, or what most of the servers that are not ours
/// have (1, where the config file says no weight); 100 if there are none.
int base_weight(const Settings& settings, const std::vector<Server>& servers);

/// HAProxy's weight for `weight`, where 100 is one base replica:
///   round(weight * base / 100), at least 1 and at most 256
/// Example: over base servers of weight 1, a burst replica of twice the size gets 2.
int haproxy_weight(int weight, int base);

}  // namespace spillway::haproxy
