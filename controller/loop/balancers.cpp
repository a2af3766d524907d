// Which balancers are brought to what the groups' phases say, and for how long: those of the
// config, those that it had before, and those of an earlier run. The rest of ControlLoop is in
// control_loop.cpp.
#include <algorithm>
#include <utility>

#include "controller/loop/control_loop.hpp"

namespace spillway {
namespace {

/// Conservative: where one begins with the other they may have servers in common.
bool is_same_place(const std::string& a, const std::string& b) {
  return a.starts_with(b) || b.starts_with(a);
}

bool have_a_place_in_common(const std::vector<std::string>& some,
                            const std::vector<std::string>& others) {
  return std::ranges::any_of(some, [&](const std::string& place) {
    return std::ranges::any_of(
        others, [&](const std::string& other) { return is_same_place(place, other); });
  });
}

/// Whether `workload` has servers, or whatever its balancers hold, in one of `places`.
bool is_place_in_use(const Workload& workload, const std::vector<std::string>& places) {
  return std::ranges::any_of(workload.traffic_places, [&](const auto& entry) {
    return have_a_place_in_common(entry.second, places);
  });
}

}  // namespace

std::string kept_traffic_key(const std::string& workload) {
  return "traffic " + workload;
}

/// What an earlier run left in balancers that the config does not name any more.
void ControlLoop::restore_traffic() {
  for (auto& [name, former] : config_.former_traffic) {
    if (config_.workloads.contains(name)) {
      for (FormerTraffic& each : former) {
        traffic_.leave(name, std::move(each.traffic), std::move(each.places));
      }
      continue;
    }
    // Its settings are gone with it; what is left is to be drained.
    const auto gone{std::make_shared<Workload>()};
    gone->name = name;
    for (FormerTraffic& each : former) {
      gone->traffic_places[each.traffic->name()] = std::move(each.places);
      gone->traffic.push_back(std::move(each.traffic));
    }
    retired_.insert_or_assign(name, gone);
  }
  config_.former_traffic.clear();
}

/// Balancers that a workload had and has no more: nobody else would ever take its replicas out.
void ControlLoop::leave_former_traffic(const Workload& before, const Workload& now) {
  for (const auto& traffic : before.traffic) {
    const auto places{before.traffic_places.find(traffic->name())};
    if (places == before.traffic_places.end()) continue;
    const bool is_left{!places->second.empty() && !is_place_in_use(now, places->second)};
    if (is_left) traffic_.leave(before.name, traffic, places->second);
  }
}

/// A balancer that comes back while it is still being left belongs to the config again. Otherwise
/// one line would take out what another puts in, for as long as one of its processes is down.
void ControlLoop::keep_what_came_back(const Workload& now) {
  traffic_.stop_leaving(now.name, [&](const std::vector<std::string>& places) {
    return is_place_in_use(now, places) || have_a_place_in_common(now.traffic_entries, places);
  });
}

/// Balancers are compared while a workload has groups, and for a while after: a call may have
/// failed when the last one left, and a controller that has just started may find leftovers.
void ControlLoop::reconcile_traffic(const std::set<std::string>& busy) {
  const auto reconcile{
      [&](const std::string& name, const std::shared_ptr<const Workload>& workload) {
        int& rounds{memories_[name].traffic_rounds_left};
        const bool is_open{busy.contains(name) || traffic_.is_leaving(name) ||
                           traffic_.is_unknown(name, Duration::max())};
        if (is_open) rounds = traffic_rounds_after_the_last_group;
        if (rounds > 0) traffic_.reconcile_soon(workload);
        return --rounds > 0;
      }};
  for (const auto& [name, workload] : config_.workloads) {
    if (!reconcile(name, workload)) memories_[name].traffic_rounds_left = 0;
  }
  std::erase_if(retired_, [&](const auto& entry) {
    if (reconcile(entry.first, entry.second)) return false;
    memories_.erase(entry.first);
    retired_sensors_.erase(entry.first);
    traffic_.forget(entry.first);
    return true;
  });
}

/// A workload that left the config takes its groups with it, but never at once: they are drained.
void ControlLoop::drain_unconfigured() {
  if (config_.settings.mode != Mode::act || is_listing_stale_) return;
  for (const std::string& name : groups_.workloads_with_groups()) {
    if (config_.workloads.contains(name)) continue;
    const bool has_balancers{find_workload(name) != nullptr};
    for (const GroupRecord& record : groups_.records(name)) {
      if (unlisted_.contains(record.place)) continue;
      groups_.drain(record.id);
      // Nobody knows of a balancer that could send it anything.
      if (!has_balancers) groups_.see_traffic({.group = record.id, .is_withdrawn = true});
    }
  }
}

/// Which balancers know of a workload's groups outlives the config that names them. Those that it
/// had before stay written down until they have nothing of it any more.
void ControlLoop::keep_traffic(StateBatch& changes) {
  std::optional<std::set<std::string>> busy{};
  for (const auto& [name, workload] : config_.workloads) {
    Memory& memory{memories_[name]};
    if (memory.kept_traffic == workload->traffic_text || traffic_.is_leaving(name)) continue;
    if (!busy) busy = groups_.workloads_with_groups();
    if (!busy->contains(name)) continue;
    memory.kept_traffic = workload->traffic_text;
    changes.kept.push_back({kept_traffic_key(name), workload->traffic_text, parts_.clock.now()});
  }
}

}  // namespace spillway
