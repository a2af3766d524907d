// A standby pool: container groups of one profile that run already, to be handed out at once. A
// value and its arithmetic; the world gives it time, room and start times.
//
// Its members bill and hold cores like any group. A member that is taken is replaced at once; a
// changed profile drains the pool and builds it anew; without room the pool is degraded and tries
// again after half a minute.
#pragma once

#include <boost/json/object.hpp>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "controller/core/units.hpp"
#include "tests/emulator/arm_error.hpp"
#include "tests/emulator/resource_id.hpp"

namespace spillway::emulator {

inline constexpr std::string_view standby_pool_type{
    "Microsoft.StandbyPool/standbyContainerGroupPools"};
inline constexpr Duration standby_pause{std::chrono::seconds{30}};

struct StandbyMember {
  TimePoint created;
  TimePoint ready;   ///< from then on it can be handed out
  std::string zone;  ///< empty without zones
};

struct StandbyPool {
  ResourceName name;
  boost::json::object definition{};  ///< location, tags, properties as an answer shows them
  std::string region{};
  std::string profile{};  ///< key of the profile its members are made of
  int revision{0};
  std::size_t capacity{0};  ///< maxReadyCapacity
  std::vector<std::string> zones{};
  double cpu{1};        ///< of one member
  double memory_gb{1};  ///< of one member
  std::vector<StandbyMember> members{};
  std::vector<TimePoint> deleting{};  ///< until when members that were drained are still seen
  TimePoint settled{};                ///< when the last change was carried out
  std::optional<TimePoint> degraded_until{};
  std::vector<TimePoint> taken{};  ///< of the last twelve hours: what its forecast is made of
};

/// By ResourceName::key().
using StandbyPools = std::map<std::string, StandbyPool>;

/// A pool from the body of a PUT; ids and members are the caller's. The profile is not looked up.
Outcome<StandbyPool> read_standby_pool(const boost::json::value& body);

boost::json::object show_standby_pool(const StandbyPool& pool, TimePoint now);

/// `runtimeViews/latest`: members by zone and state, health, a forecast.
boost::json::object show_runtime_view(const StandbyPool& pool, TimePoint now,
                                      const std::string& shown_now);

/// The zone that has the fewest members; empty without zones.
std::string emptiest_zone(const StandbyPool& pool);

/// Takes the member that is ready longest (in `zone`, if it is not empty) out of the pool.
std::optional<StandbyMember> take_member(StandbyPool& pool, const std::string& zone, TimePoint now);

}  // namespace spillway::emulator
