#include "tests/emulator/world.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "tests/emulator/text.hpp"

namespace spillway::emulator {
namespace {

// Start times and identifiers draw from streams of their own, so that one more request to some
// other endpoint does not change when a group starts.
constexpr std::uint64_t guid_stream{0x9E3779B97F4A7C15ULL};
constexpr std::uint64_t fault_stream{0xD1B54A32D192ED03ULL};
constexpr std::uint64_t weather_stream{0x2545F4914F6CDD1DULL};

}  // namespace

World::World(const EmulatorOptions& with, Backend& backend, TimePoint epoch)
    : options{with},
      faults{with.seed ^ fault_stream},
      backend_{backend},
      epoch_{epoch},
      now_{epoch},
      addresses_{with.addresses},
      start_random_{with.seed},
      guid_random_{with.seed ^ guid_stream},
      weather_random_{with.seed ^ weather_stream} {
  reset();
}

void World::reset() {
  for (auto& [key, group] : groups_) {
    backend_.stop(key, false);
    backend_.forget(key);
    addresses_.release(group.address);
  }
  groups_.clear();
  queue_.clear();
  tombstones_.clear();
  faults.clear();
  billed_ = {};
  profiles.clear();
  standby_pools.clear();
  scale_sets.clear();
  terminals.clear();
  answers.clear();
  registrations.clear();
  kept.clear();
  subscription_tags.clear();
  creates.clear();
  deletes.clear();
  buckets = std::make_unique<ArmBuckets>(options.arm_limits);
  resource_groups.clear();
  for (const std::string& subscription : options.subscriptions) {
    for (const std::string& name : options.resource_groups) {
      resource_groups[lower_text(subscription + "/" + name)] = {
          .subscription = subscription, .name = name, .location = options.regions.front()};
    }
  }
}

void World::advance_to(TimePoint instant) {
  while (!queue_.empty() && queue_.begin()->first <= instant) {
    const auto next{queue_.begin()};
    now_ = std::max(now_, next->first);
    const Due due{std::move(next->second)};
    queue_.erase(next);
    if (due.action) due.action();
    if (Group * group{find_group(due.group)}) {
      run(due.group, *group, step(*group, due.event, now_));
    }
  }
  now_ = std::max(now_, instant);
}

std::optional<TimePoint> World::next_event() const {
  if (queue_.empty()) return std::nullopt;
  return queue_.begin()->first;
}

int World::client_seconds(Duration emulated) const {
  return std::max(1, static_cast<int>(std::ceil(seconds(emulated) / options.speed)));
}

View World::view(Detail detail, std::string_view api_version) const {
  const Fault* skew{faults.active(FaultKind::clock_skew, {}, now_)};
  return {
      .detail = detail,
      .standby_fields = api_version >= "2024-05-01",
      .clock_offset = skew != nullptr ? duration_of_seconds(skew->seconds.value_or(0)) : Duration{},
      .speed = options.speed,
      .epoch = epoch_,
      .tenant = options.tenant};
}

TimePoint World::shown(TimePoint instant) const {
  return shown_time(view(Detail::list, ""), instant);
}

Group* World::find_group(const std::string& key) {
  const auto found{groups_.find(key)};
  return found == groups_.end() ? nullptr : &found->second;
}

StartPlan World::plan_start(const Group& group) {
  std::lognormal_distribution<double> base{std::log(seconds(options.start.median)),
                                           options.start.sigma};
  const double base_seconds{base(start_random_)};
  Duration pull{};
  for (const Container& container : group.containers) {
    const ImageRule* rule{find_image(options, container.image)};
    const ImageRule plain;
    const ImageRule& image{rule != nullptr ? *rule : plain};
    pull = std::max(
        pull,
        image.pull.value_or(duration_of_seconds(image.size_mb / options.start.pull_mb_per_second)));
  }
  StartPlan plan{.until_node = duration_of_seconds(base_seconds / 3),
                 .until_pulled = duration_of_seconds(base_seconds * 2 / 3) + pull,
                 .give_up_after = options.start.give_up_after};
  const FaultSubject subject{.group = group.name, .region = group.region};
  if (group.from_standby_pool && group.phase == Phase::pending && group.generation == 0) {
    plan.until_node = Duration::zero();
    plan.until_pulled = options.standby_start;
  }
  if (const auto fault{faults.take(FaultKind::slow_create, subject, now_)}) {
    plan.until_node += duration_of_seconds(fault->seconds.value_or(0));
  }
  plan.stuck = faults.take(FaultKind::stuck_create, subject, now_).has_value();
  if (const auto fault{faults.take(FaultKind::failed_start, subject, now_)}) {
    plan.failure = fault->message.empty() ? "Failed to start the container group." : fault->message;
    if (fault->recovers_after) plan.recovers_after = duration_of_seconds(*fault->recovers_after);
  }
  return plan;
}

Operation World::begin(Group& group, const std::string& key, OperationKind kind) {
  const Operation& operation{operations.add({.id = new_guid(),
                                             .kind = kind,
                                             .group = key,
                                             .resource_id = resource_id(group),
                                             .region = group.region,
                                             .started = now_})};
  group.operation = operation.id;
  group.changed = now_;
  return operation;
}

Operation World::create_group(Group group) {
  const std::string key{group_key(group.subscription, group.resource_group, group.name)};
  group.created = now_;
  Group& stored{groups_[key] = std::move(group)};
  Operation operation{begin(stored, key, OperationKind::create)};
  run(key, stored, begin_start(stored, plan_start(stored), now_));
  advance_to(now_);  // a group out of a standby pool runs when the answer goes out
  return operation;
}

Operation World::update_group(const std::string& key, Group after) {
  Group& group{groups_.at(key)};
  // Containers of the same name go on with their history; the rest of the state is the old one's.
  std::uint64_t newest{0};
  for (const Container& old : group.containers) newest = std::max(newest, old.run);
  for (Container& container : after.containers) {
    for (const Container& old : group.containers) {
      if (old.name != container.name) continue;
      container.current = old.current;
      container.previous = old.previous;
      container.restart_count = old.restart_count;
      container.events = old.events;
    }
    container.run = newest;
  }
  group.definition = std::move(after.definition);
  group.containers = std::move(after.containers);
  group.ports = std::move(after.ports);
  Operation operation{begin(group, key, OperationKind::create)};
  run(key, group, begin_start(group, plan_start(group), now_));
  return operation;
}

Operation World::start_group(const std::string& key, OperationKind kind) {
  Group& group{groups_.at(key)};
  Operation operation{begin(group, key, kind)};
  run(key, group, begin_start(group, plan_start(group), now_));
  return operation;
}

void World::stop_group(const std::string& key) {
  Group& group{groups_.at(key)};
  run(key, group, begin_stop(group, now_));
}

Operation World::delete_group(const std::string& key, bool at_once) {
  Group& group{groups_.at(key)};
  Operation operation{begin(group, key, OperationKind::remove)};
  const bool stuck{
      faults.take(FaultKind::stuck_delete, {.group = group.name, .region = group.region}, now_)
          .has_value()};
  Duration usual{at_once ? Duration{} : options.delete_time};
  if (const auto fault{faults.take(FaultKind::slow_delete,
                                   {.group = group.name, .region = group.region}, now_)}) {
    usual += duration_of_seconds(fault->seconds.value_or(0));
  }
  run(key, group, begin_delete(group, stuck ? std::nullopt : std::optional{usual}, now_));
  advance_to(now_);  // a deletion that takes no time is over when the answer goes out
  return operation;
}

void World::interrupt_group(const std::string& key, Interruption why, bool new_address) {
  Group& group{groups_.at(key)};
  StartPlan plan{plan_start(group)};
  plan.new_address = new_address;
  Effects effects{};
  if (why == Interruption::eviction) {
    note_event(group.events, "Evicted", "The Spot capacity of the container group was taken back.",
               now_, true);
    plan.during = Phase::pending;
    effects.push_back({.what = Do::bill_until_now});
  } else {
    note_event(group.events, "Repairing", "The platform moves the container group.", now_, true);
    plan.during = Phase::repairing;
  }
  for (Effect& effect : begin_start(group, plan, now_)) effects.push_back(std::move(effect));
  run(key, group, std::move(effects));
}

void World::crash_container(const std::string& key, std::size_t index, int exit_code) {
  Group& group{groups_.at(key)};
  if (backend_.crash(key, index)) return;  // a real one: its exit will be told
  container_exited({.group = key, .container = index, .run = group.containers[index].run},
                   exit_code);
}

void World::container_exited(const RunId& exited, int exit_code) {
  Group* group{find_group(exited.group)};
  if (group == nullptr || group->phase != Phase::provisioned) return;
  run(exited.group, *group,
      step(*group,
           {.signal = Signal::container_exited,
            .generation = group->generation,
            .container = exited.container,
            .run = exited.run,
            .exit_code = exit_code},
           now_));
}

void World::start_container(const std::string& key, Group& group, std::size_t index) {
  const RunId id{.group = key, .container = index, .run = group.containers[index].run};
  const auto ends_after{backend_.start(id, group, shown(now_))};
  if (!ends_after) return;
  const ImageRule* rule{find_image(options, group.containers[index].image)};
  queue_.emplace(now_ + *ends_after,
                 Due{.group = key,
                     .event = {.signal = Signal::container_exited,
                               .generation = group.generation,
                               .container = index,
                               .run = id.run,
                               .exit_code = rule != nullptr ? rule->exit_code : 0}});
}

void World::run(const std::string& key, Group& group, const Effects& effects) {
  bool gone{false};
  for (const Effect& effect : effects) {
    switch (effect.what) {
      case Do::schedule:
        queue_.emplace(effect.at, Due{.group = key, .event = effect.event});
        break;
      case Do::take_address:
        if (group.wants_address && group.address.empty()) {
          const auto is_free{[&](const std::string& a) { return backend_.is_free(a, group); }};
          group.address = addresses_.take(is_free).value_or("");
        }
        break;
      case Do::release_address:
        addresses_.release(group.address);
        group.address.clear();
        break;
      case Do::start_container:
        start_container(key, group, effect.container);
        break;
      case Do::stop_containers:
        backend_.stop(key, true);
        break;
      case Do::kill_containers:
        backend_.stop(key, false);
        break;
      case Do::bill_from_now:
        if (!group.billed_since) group.billed_since = now_;
        break;
      case Do::bill_until_now:
        finish_billing(group);
        break;
      case Do::operation_succeeded:
        operations.finish(group.operation, std::nullopt, now_);
        group.operation.clear();
        if (group.phase == Phase::provisioned) plan_weather(key, group);
        break;
      case Do::operation_failed:
        operations.finish(group.operation, conflict("ContainerGroupStartFailed", effect.text),
                          now_);
        group.operation.clear();
        break;
      case Do::remove_group:
        gone = true;
        break;
    }
  }
  if (!gone) return;
  backend_.forget(key);
  tombstones_.push_back({.group = std::move(group), .removed = now_});
  constexpr std::size_t tombstones_max{1000};
  if (tombstones_.size() > tombstones_max) tombstones_.erase(tombstones_.begin());
  groups_.erase(key);
}

std::vector<const Group*> World::listed_groups(const std::string& subscription) {
  const Fault* stale{faults.active(FaultKind::stale_list, {}, now_)};
  const Duration lag{stale != nullptr ? duration_of_seconds(stale->seconds.value_or(0))
                                      : Duration{}};
  std::map<std::string, const Group*> listed;
  const auto add{[&](const std::string& key, const Group& group) {
    if (equal_text(group.subscription, subscription) && group.created <= now_ - lag) {
      listed[key] = &group;
    }
  }};
  if (lag > Duration::zero()) {
    for (const Tombstone& tombstone : tombstones_) {
      const Group& group{tombstone.group};
      if (tombstone.removed <= now_ - lag) continue;
      add(group_key(group.subscription, group.resource_group, group.name), group);
    }
  }
  for (const auto& [key, group] : groups_) add(key, group);
  std::vector<const Group*> result;
  result.reserve(listed.size());
  for (const auto& [key, group] : listed) result.push_back(group);
  return result;
}

std::string World::logs(const Group& group, std::size_t container, std::optional<std::size_t> tail,
                        bool timestamps) const {
  const std::string key{group_key(group.subscription, group.resource_group, group.name)};
  const bool running{group.containers[container].current.kind == ContainerState::Kind::running};
  constexpr std::size_t stopped_lines{1000}, stopped_bytes{16U << 10U};
  if (!running) tail = std::min(tail.value_or(stopped_lines), stopped_lines);
  std::string text{backend_.logs(key, container, tail, timestamps)};
  if (!running && text.size() > stopped_bytes) text.erase(0, text.size() - stopped_bytes);
  return text;
}

Money World::cost_of(const Group& group, TimePoint until) const {
  if (!group.billed_since) return {};
  const double per_second{group.cpu * options.prices.vcpu_second +
                          group.memory_gb * options.prices.gb_second};
  const double factor{group.spot ? options.prices.spot_factor : 1.0};
  return usd(seconds(until - *group.billed_since) * per_second * factor);
}

void World::finish_billing(Group& group) {
  billed_ += cost_of(group, now_);
  group.billed_since.reset();
}

Money World::cost() const {
  Money sum{billed_};
  for (const auto& [key, group] : groups_) sum += cost_of(group, now_);
  for (const auto& [key, pool] : standby_pools) {
    for (const StandbyMember& member : pool.members) sum += cost_of_member(pool, member);
  }
  return sum;
}

std::string World::new_guid() {
  const std::uint64_t high{guid_random_()}, low{guid_random_()};
  return fmt::format("{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}", high >> 32U, high >> 16U & 0xFFFFU,
                     high & 0xFFFU, 0x8000U | (low >> 48U & 0x3FFFU), low & 0xFFFFFFFFFFFFULL);
}

}  // namespace spillway::emulator
