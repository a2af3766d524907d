// What the world does beside container groups: other operations, standby pools, terminals, resource
// groups that go, and the platform's own weather.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "tests/emulator/json_at.hpp"
#include "tests/emulator/quotas.hpp"
#include "tests/emulator/text.hpp"
#include "tests/emulator/world.hpp"

namespace spillway::emulator {
namespace {

/// Shows what a container writes, as it writes it: the log so far, then what is added at each tick.
class LogFollower final : public Terminal {
 public:
  LogFollower(const World& world, std::weak_ptr<bool> world_alive, std::string key,
              std::size_t container)
      : world_{world},
        world_alive_{std::move(world_alive)},
        key_{std::move(key)},
        container_{container} {}

  void open(Peer peer) override {
    peer_ = std::move(peer);
    tick();
  }
  void input(std::string_view) override {}  // a container has no input to attach to
  void hang_up() override { peer_ = {}; }

  void tick() override {
    if (!peer_.output) return;
    const auto found{world_alive_.expired() ? world_.groups().end() : world_.groups().find(key_)};
    if (world_alive_.expired() || found == world_.groups().end()) {
      end();
      return;
    }
    const std::string text{world_.logs(found->second, container_, std::nullopt, false)};
    if (text.size() < shown_) shown_ = 0;  // another run of the container
    if (text.size() > shown_) peer_.output(text.substr(shown_));
    shown_ = text.size();
    const Container& container{found->second.containers[container_]};
    if (container.current.kind != ContainerState::Kind::running) end();
  }

 private:
  void end() {
    if (const auto ended{peer_.ended}) ended();
    peer_ = {};
  }

  const World& world_;
  std::weak_ptr<bool> world_alive_;
  std::string key_;
  std::size_t container_;
  Peer peer_{};
  std::size_t shown_{0};
};

/// A group like those that the pool holds, for the questions that are asked about groups.
Group like_member(const StandbyPool& pool) {
  Group group;
  group.subscription = pool.name.subscription;
  group.resource_group = pool.name.resource_group;
  group.name = pool.name.name;
  group.region = pool.region;
  group.cpu = pool.cpu;
  group.memory_gb = pool.memory_gb;
  return group;
}

double sum_of(const boost::json::object& raw, std::string_view what) {
  double sum{0};
  for (const boost::json::value& container : array_at(raw, "properties/containers")) {
    if (!container.is_object()) continue;
    sum += number_at(container.get_object(), fmt::format("properties/resources/requests/{}", what))
               .value_or(0);
  }
  return std::max(sum, 1.0);
}

}  // namespace

void World::schedule(TimePoint at, std::function<void()> action) {
  queue_.emplace(at, Due{.action = std::move(action)});
}

const Operation& World::begin_operation(OperationKind kind, std::string_view type,
                                        std::string resource_id, std::string region,
                                        TimePoint ends) {
  Operation operation{.id = new_guid(),
                      .kind = kind,
                      .group = {},
                      .resource_id = std::move(resource_id),
                      .region = std::move(region),
                      .provider = std::string{type.substr(0, type.find('/'))},
                      .started = now_};
  const std::string id{operation.id};
  const Operation& stored{operations.add(std::move(operation))};
  if (ends <= now_) {
    operations.finish(id, std::nullopt, now_);
  } else {
    schedule(ends, [this, id] { operations.finish(id, std::nullopt, now_); });
  }
  return stored;
}

// --- terminals

Outcome<std::shared_ptr<Terminal>> World::exec(const Group& group, std::size_t container,
                                               const ExecRequest& request) {
  return backend_.exec(group, container, request);
}

std::shared_ptr<Terminal> World::attach(const Group& group, std::size_t container) {
  return std::make_shared<LogFollower>(
      *this, alive_, group_key(group.subscription, group.resource_group, group.name), container);
}

// --- standby pools

Money World::cost_of_member(const StandbyPool& pool, const StandbyMember& member) const {
  const double per_second{pool.cpu * options.prices.vcpu_second +
                          pool.memory_gb * options.prices.gb_second};
  return usd(seconds(now_ - member.created) * per_second);
}

void World::bill_member(const StandbyPool& pool, const StandbyMember& member) {
  billed_ += cost_of_member(pool, member);
}

void World::drain_standby_pool(StandbyPool& pool, std::size_t keep) {
  std::erase_if(pool.deleting, [&](TimePoint gone) { return gone <= now_; });
  while (pool.members.size() > keep) {
    bill_member(pool, pool.members.back());
    pool.members.pop_back();
    pool.deleting.push_back(now_ + options.delete_time);
  }
}

void World::refill_standby_pool(const std::string& key) {
  const auto found{standby_pools.find(key)};
  if (found == standby_pools.end()) return;
  StandbyPool& pool{found->second};
  if (pool.degraded_until && now_ < *pool.degraded_until) return;  // it tries again then
  pool.degraded_until.reset();
  const Group like{like_member(pool)};
  std::lognormal_distribution<double> start{std::log(seconds(options.start.median)),
                                            options.start.sigma};
  while (pool.members.size() < pool.capacity) {
    if (!has_room(*this, like)) {
      pool.degraded_until = now_ + standby_pause;
      schedule(*pool.degraded_until, [this, key] { refill_standby_pool(key); });
      return;
    }
    pool.members.push_back({.created = now_,
                            .ready = now_ + duration_of_seconds(start(start_random_)),
                            .zone = emptiest_zone(pool)});
  }
}

std::optional<ArmError> World::set_standby_pool(StandbyPool pool) {
  const auto profile{profiles.find(pool.profile)};
  if (profile == profiles.end()) {
    return bad_request("ContainerGroupProfileNotFound",
                       fmt::format("The container group profile '{}' was not found.", pool.profile),
                       "properties.containerGroupProperties.containerGroupProfile.id");
  }
  if (pool.revision == 0) pool.revision = profile->second.newest();
  const auto revision{profile->second.revisions.find(pool.revision)};
  if (revision == profile->second.revisions.end()) {
    return bad_request("ContainerGroupProfileRevisionNotFound",
                       fmt::format("The container group profile '{}' has no revision {}.",
                                   pool.profile, pool.revision),
                       "properties.containerGroupProperties.containerGroupProfile.revision");
  }
  pool.cpu = sum_of(revision->second.raw, "cpu");
  pool.memory_gb = sum_of(revision->second.raw, "memoryInGB");
  pool.settled = now_ + std::chrono::seconds{5};
  const std::string key{pool.name.key()};
  if (const auto before{standby_pools.find(key)}; before != standby_pools.end()) {
    StandbyPool& old{before->second};
    const bool same{old.profile == pool.profile && old.revision == pool.revision &&
                    old.zones == pool.zones && old.region == pool.region};
    drain_standby_pool(old, same ? pool.capacity : 0);
    pool.members = std::move(old.members);
    pool.deleting = std::move(old.deleting);
    pool.taken = std::move(old.taken);
    pool.degraded_until = old.degraded_until;
  }
  standby_pools[key] = std::move(pool);
  refill_standby_pool(key);
  return std::nullopt;
}

TimePoint World::remove_standby_pool(const std::string& key) {
  const auto found{standby_pools.find(key)};
  if (found == standby_pools.end()) return now_;
  drain_standby_pool(found->second, 0);
  if (const auto used{profiles.find(found->second.profile)}; used != profiles.end()) {
    used->second.in_use_until = now_ + options.delete_time;
  }
  standby_pools.erase(found);
  return now_ + options.delete_time;
}

std::optional<ArmError> World::take_from_standby_pool(Group& group) {
  const boost::json::object& definition{group.definition};
  const std::string id{text_at(definition, "properties/standbyPoolProfile/id")};
  if (id.empty()) return std::nullopt;
  const std::string key{lower_text(id)};
  const auto found{standby_pools.find(key)};
  if (found == standby_pools.end()) {
    return bad_request("StandbyPoolNotFound",
                       fmt::format("The standby pool '{}' was not found.", id),
                       "properties.standbyPoolProfile.id");
  }
  StandbyPool& pool{found->second};
  const auto& zones{array_at(definition, "zones")};
  const std::string zone{zones.empty() ? std::string{} : std::string{zones[0].as_string()}};
  const auto revision{number_at(definition, "properties/containerGroupProfile/revision")};
  const bool fits{pool.region == group.region &&
                  pool.profile ==
                      lower_text(text_at(definition, "properties/containerGroupProfile/id")) &&
                  (!revision || static_cast<int>(*revision) == pool.revision)};
  const auto member{fits ? take_member(pool, zone, now_) : std::nullopt};
  if (member) {
    bill_member(pool, *member);
    group.from_standby_pool = true;
    // The new member is created once the group has taken the old one's room.
    schedule(now_, [this, key] { refill_standby_pool(key); });
    return std::nullopt;
  }
  const boost::json::value* must{
      find_at(definition, "properties/standbyPoolProfile/failContainerGroupCreateOnReuseFailure")};
  if (must == nullptr || *must != boost::json::value(true)) return std::nullopt;
  return conflict(
      "StandbyPoolReuseFailed",
      fmt::format("The container group '{}' could not be created from the standby pool '{}': {}.",
                  group.name, id,
                  fits ? "no running instance is available"
                       : "its region, profile or revision does not match the pool's"));
}

// --- virtual machines, resource groups, weather

TimePoint World::vm_ready_at() {
  std::lognormal_distribution<double> start{std::log(std::max(seconds(options.vm_start), 1e-3)),
                                            options.start.sigma};
  return now_ + duration_of_seconds(start(start_random_));
}

Operation World::delete_resource_group(const std::string& key) {
  ResourceGroup& group{resource_groups.at(key)};
  std::vector<std::string> doomed;
  for (const auto& [name, member] : groups_) {
    if (name.starts_with(key + "/") && member.phase != Phase::deleting) doomed.push_back(name);
  }
  for (const std::string& name : doomed) delete_group(name, options.synchronous_delete);
  const std::string prefix{resource_group_prefix(group.subscription, group.name)};
  std::vector<std::string> pools;
  for (const auto& [name, pool] : standby_pools) {
    if (name.starts_with(prefix)) pools.push_back(name);
  }
  for (const std::string& name : pools) remove_standby_pool(name);
  std::erase_if(profiles, [&](const auto& entry) { return entry.first.starts_with(prefix); });
  std::erase_if(kept, [&](const auto& entry) { return entry.first.starts_with(prefix); });
  std::erase_if(scale_sets, [&](const auto& entry) { return entry.first.starts_with(prefix); });
  group.deleting = true;
  const TimePoint ends{now_ + options.delete_time};
  Operation operation{begin_operation(
      OperationKind::remove, "Microsoft.Resources/resourceGroups",
      fmt::format("/subscriptions/{}/resourceGroups/{}", group.subscription, group.name),
      group.location, ends)};
  schedule(ends, [this, key] { resource_groups.erase(key); });
  return operation;
}

void World::plan_weather(const std::string& key, const Group& group) {
  const auto plan{[&](double per_second, Interruption why) {
    if (per_second <= 0) return;
    std::exponential_distribution<double> wait{per_second};
    schedule(now_ + duration_of_seconds(wait(weather_random_)),
             [this, key, why, generation = group.generation] {
               const Group* now_there{find_group(key)};
               if (now_there == nullptr || now_there->generation != generation) return;
               if (now_there->phase == Phase::provisioned) interrupt_group(key, why, true);
             });
  }};
  plan(options.weather.moves_per_day / 86400, Interruption::maintenance);
  if (group.spot) plan(options.weather.spot_evictions_per_hour / 3600, Interruption::eviction);
}

}  // namespace spillway::emulator
