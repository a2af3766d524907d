// Everything that exists in the emulated cloud at one instant, and the passing of its time.
// Handlers ask and change it; it knows no HTTP. One thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "tests/emulator/addresses.hpp"
#include "tests/emulator/backend.hpp"
#include "tests/emulator/faults.hpp"
#include "tests/emulator/group_json.hpp"
#include "tests/emulator/lifecycle.hpp"
#include "tests/emulator/operations.hpp"
#include "tests/emulator/options.hpp"
#include "tests/emulator/profiles.hpp"
#include "tests/emulator/rate_limits.hpp"
#include "tests/emulator/scale_set.hpp"
#include "tests/emulator/standby_pool.hpp"
#include "tests/emulator/terminal_door.hpp"

namespace spillway::emulator {

struct ResourceGroup {
  std::string subscription;
  std::string name;
  std::string location;
  boost::json::object tags{};
  bool deleting{false};
};

/// A group that is gone, kept so that a stale list can still show it.
struct Tombstone {
  Group group;
  TimePoint removed;
};

class World {
 public:
  World(const EmulatorOptions& options, Backend& backend, TimePoint epoch);
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  // --- time

  TimePoint now() const { return now_; }
  /// Plays everything that is due until `instant`, in order of time and then of scheduling.
  void advance_to(TimePoint instant);
  std::optional<TimePoint> next_event() const;
  /// The instant a client is shown for `instant`: client time, with an injected skew.
  TimePoint shown(TimePoint instant) const;
  /// `emulated` as whole seconds of client time, rounded up, at least 1.
  int client_seconds(Duration emulated) const;

  // --- container groups

  const std::map<std::string, Group>& groups() const { return groups_; }
  Group* find_group(const std::string& key);
  /// Adds the group and begins its start. The group must not exist.
  Operation create_group(Group group);
  /// Replaces the definition of an existing group and begins its restart with it.
  Operation update_group(const std::string& key, Group after);
  /// Starts again what is there: `start`, `restart`.
  Operation start_group(const std::string& key, OperationKind kind);
  void stop_group(const std::string& key);
  Operation delete_group(const std::string& key, bool at_once);
  /// The platform moves the group: its containers end and start elsewhere, without an operation.
  /// The platform interrupts a provisioned group and starts it again: an eviction takes the
  /// capacity back (an event says so, and it begins as any start), maintenance moves or mends it.
  enum class Interruption { eviction, maintenance };
  void interrupt_group(const std::string& key, Interruption why, bool new_address);
  void crash_container(const std::string& key, std::size_t container, int exit_code);
  void container_exited(const RunId& run, int exit_code);

  /// A terminal for `exec`: a program of its own; for `attach`: what the container writes.
  Outcome<std::shared_ptr<Terminal>> exec(const Group& group, std::size_t container,
                                          const ExecRequest& request);
  std::shared_ptr<Terminal> attach(const Group& group, std::size_t container);

  // --- what lies around container groups (world_around.cpp)

  /// An operation on something else than a container group, which succeeds at `ends`.
  const Operation& begin_operation(OperationKind kind, std::string_view type,
                                   std::string resource_id, std::string region, TimePoint ends);

  /// Creates or changes a pool and fills it: a changed profile drains it first. 400 if the profile
  /// or its revision does not exist.
  std::optional<ArmError> set_standby_pool(StandbyPool pool);
  /// Drains and removes a pool; returns when its members are gone.
  TimePoint remove_standby_pool(const std::string& key);
  /// If `group` names a pool: takes a member that fits and marks the group as made of it. Without
  /// one the group starts cold, or is refused if it says so; refused, too, if there is no pool.
  std::optional<ArmError> take_from_standby_pool(Group& group);

  /// When an instance that is started now will run.
  TimePoint vm_ready_at();

  /// Starts the deletion of a resource group with everything in it.
  Operation delete_resource_group(const std::string& key);

  /// Groups as a list shows them now: with an injected staleness, as they were a while ago.
  std::vector<const Group*> listed_groups(const std::string& subscription);

  View view(Detail detail, std::string_view api_version) const;
  std::string logs(const Group& group, std::size_t container, std::optional<std::size_t> tail,
                   bool timestamps) const;
  const Backend& backend() const { return backend_; }

  /// What all groups have cost so far, in emulator time.
  Money cost() const;
  std::string new_guid();
  /// Back to the beginning: no groups, no faults, full buckets; time goes on.
  void reset();

  const EmulatorOptions& options;
  Faults faults;
  Operations operations;
  std::map<std::string, ResourceGroup> resource_groups;  ///< by `subscription/name` in lower case
  std::unique_ptr<ArmBuckets> buckets;
  Profiles profiles{};
  StandbyPools standby_pools{};
  ScaleSets scale_sets{};
  TerminalDoor terminals{};
  std::map<std::string, boost::json::object> subscription_tags{};  ///< by id in lower case
  /// Identities, role assignments and locks, by id in lower case.
  std::map<std::string, boost::json::object> kept{};
  /// By `subscription/namespace` in lower case, since when a provider that was unregistered is
  /// registered again; nothing: it is not. Those that are not here are registered.
  std::map<std::string, std::optional<TimePoint>> registrations{};
  std::map<std::string, RateWindow> creates;  ///< by `subscription/region`
  std::map<std::string, RateWindow> deletes;
  std::map<std::string, std::map<unsigned, int>> answers;  ///< operation, status (0: lost), count

 private:
  struct Due {
    std::string group{};
    Event event{};
    std::function<void()> action{};  ///< in place of an event
  };

  void schedule(TimePoint at, std::function<void()> action);
  void refill_standby_pool(const std::string& key);
  void drain_standby_pool(StandbyPool& pool, std::size_t keep);
  void bill_member(const StandbyPool& pool, const StandbyMember& member);
  void plan_weather(const std::string& key, const Group& group);

  Operation begin(Group& group, const std::string& key, OperationKind kind);
  StartPlan plan_start(const Group& group);
  void run(const std::string& key, Group& group, const Effects& effects);
  void start_container(const std::string& key, Group& group, std::size_t index);
  void finish_billing(Group& group);
  Money cost_of(const Group& group, TimePoint until) const;
  Money cost_of_member(const StandbyPool& pool, const StandbyMember& member) const;

  Backend& backend_;
  TimePoint epoch_;
  TimePoint now_;
  std::multimap<TimePoint, Due> queue_;
  std::map<std::string, Group> groups_;
  std::vector<Tombstone> tombstones_;
  AddressPool addresses_;
  Money billed_{};
  std::mt19937_64 start_random_;
  std::mt19937_64 guid_random_;
  std::mt19937_64 weather_random_;
  std::shared_ptr<bool> alive_{std::make_shared<bool>(true)};  ///< gone for terminals that stay
};

}  // namespace spillway::emulator
