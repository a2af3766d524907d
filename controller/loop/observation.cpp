// What a tick looks at before it decides: readings, clusters, the provider's listing and its
// quotas. The rest of ControlLoop is in control_loop.cpp.
#include <algorithm>
#include <utility>

#include "controller/loop/control_loop.hpp"

namespace asio = boost::asio;

namespace spillway {
namespace {

/// Requests to clusters that may be under way at once; each is one small read.
constexpr std::size_t clusters_at_once{32};
/// A whole listing has pages, each of which ARM may take seconds for.
constexpr Duration listing_timeout{std::chrono::seconds{60}};
/// The bill of a workload without groups changes only when a period ends.
constexpr Duration idle_spend_refresh{std::chrono::minutes{1}};
/// Quotas change when groups come and go, and when a person at Azure raises them.
constexpr Duration quota_refresh{std::chrono::minutes{1}};
/// While nothing fits, creates wait for usage to fall: looked at more often.
constexpr Duration quota_refresh_when_full{std::chrono::seconds{10}};
constexpr Duration quota_round{std::chrono::seconds{5}};
/// The first decision does without what is not known by then.
constexpr Duration first_quota_timeout{std::chrono::seconds{10}};
constexpr std::size_t quotas_at_once{8};

std::string troubled_subject(const std::string& workload) {
  return "workload " + workload;
}

/// The offer of the newest group: what the next one will probably cost and take to start. Without a
/// group the first one, which placement prefers where it has no other reason.
const Offer& offer_in_use(const std::vector<Offer>& offers,
                          const std::optional<std::vector<Group>>& burst) {
  const Offer* in_use{&offers.front()};
  TimePoint newest{};
  if (!burst) return *in_use;
  for (const Group& group : *burst) {
    const auto found{std::ranges::find_if(offers, [&group](const Offer& offer) {
      return offer.place == group.place && offer.size == group.size;
    })};
    const bool is_up{is_starting(group.phase) || group.phase == GroupPhase::serving};
    if (!is_up || found == offers.end() || group.created_at < newest) continue;
    in_use = &*found;
    newest = group.created_at;
  }
  return *in_use;
}

}  // namespace

/// Readings and clusters are waited for; the listing only before the first decision, and its time
/// is not taken from theirs.
asio::awaitable<void> ControlLoop::observe() {
  if (!is_listing_) {
    is_listing_ = true;
    if (tick_ > 0) {
      beside_.spawn(refresh_listing());
    } else {
      std::vector<asio::awaitable<void>> first{};
      first.push_back(refresh_listing());
      co_await waiting_.run_all(std::move(first), 1);
    }
  }
  const auto deadline = io::deadline_after(
      parts_.clock, std::min<Duration>(config_.settings.interval, std::chrono::seconds{10}));
  std::vector<asio::awaitable<void>> tasks{};
  tasks.push_back(read_sensors(deadline));
  tasks.push_back(read_work(deadline));
  std::map<const Cluster*, std::vector<std::shared_ptr<const Workload>>> by_cluster{};
  for (const auto& [name, workload] : config_.workloads) {
    by_cluster[workload->cluster.get()].push_back(workload);
    machines_.look_soon(workload);
  }
  for (auto& [cluster, workloads] : by_cluster) {
    tasks.push_back(read_cluster(std::move(workloads), deadline));
  }
  co_await waiting_.run_all(std::move(tasks), clusters_at_once);
}

asio::awaitable<void> ControlLoop::read_sensors(io::Deadline deadline) {
  readings_.clear();  // of the last tick: an old reading must not pass for a new one
  const auto sensors = config_.sensors;
  readings_ = co_await sensors->read(deadline);
}

/// Of workers that are there: nobody is asked about the others. Those whose workload left the
/// config are asked about as before, until they are gone.
asio::awaitable<void> ControlLoop::read_work(io::Deadline deadline) {
  std::map<std::shared_ptr<Sensors>, std::set<std::string>> measured{};
  for (const std::string& name : groups_.workloads_with_groups()) {
    const auto workload{find_workload(name)};
    if (!workload || !workload->work_lag) continue;
    const auto retired{retired_sensors_.find(name)};
    const bool is_retired{retired != retired_sensors_.end()};
    measured[is_retired ? retired->second : config_.sensors].insert(name);
  }
  if (measured.empty()) co_return;
  std::map<std::string, WorkInHand> work{};
  for (auto& [sensors, names] : measured) {
    auto told = co_await sensors->read_work(std::move(names), deadline);
    work.merge(told);
  }
  groups_.see_work(work);
}

/// All workloads of one cluster: what they share is read once, and then each in turn. Reading one
/// costs a request only where the cluster has no listing; those of other clusters go on meanwhile.
asio::awaitable<void> ControlLoop::read_cluster(
    std::vector<std::shared_ptr<const Workload>> workloads, io::Deadline deadline) {
  for (const auto& each : workloads) memories_[each->name].base.reset();
  const std::shared_ptr<Cluster> cluster{workloads.front()->cluster};
  const auto refreshed = co_await cluster->refresh(deadline);
  parts_.observer.on_call("refresh_cluster", "cluster " + workloads.front()->cluster_name,
                          refreshed ? std::nullopt : std::optional{refreshed.error()});
  if (!refreshed) co_return;
  for (const auto& each : workloads) {
    const auto seen = co_await cluster->observe(each->service, deadline);
    parts_.observer.on_call("observe_cluster", troubled_subject(each->name),
                            seen ? std::nullopt : std::optional{seen.error()});
    if (!seen) continue;
    memories_[each->name].base = seen->pool;
    follow_template(*each, *seen);
  }
}

asio::awaitable<void> ControlLoop::refresh_listing() {
  const auto deadline = io::deadline_after(parts_.clock, listing_timeout);
  const auto listed = co_await parts_.provider.list(deadline);
  is_listing_ = false;
  is_listing_stale_ = !listed;
  listing_trouble_ = listed ? std::nullopt : std::optional{listed.error()};
  if (!listed) {
    parts_.observer.on_call("list", "provider", listing_trouble_);
    co_return;
  }
  has_listed_ = true;
  unlisted_.clear();
  std::optional<Error> trouble{};
  for (const Unlisted& hole : listed->unlisted) {
    unlisted_.insert(hole.places.begin(), hole.places.end());
    trouble = hole.error;
    // What cannot be seen where nothing is created any more may stay so: it is told, and that is
    // no reason to be called out of order for ever.
    if (!hole.places.empty()) listing_trouble_ = hole.error;
  }
  parts_.observer.on_call("list", "provider", trouble);
  std::set<std::string> names{};
  for (const auto& [name, workload] : config_.workloads) names.insert(name);
  groups_.see_listing(*listed, names, config_.settings.reap_after);
}

void ControlLoop::refresh_usage(const Workload& workload, Memory& memory, bool has_groups) {
  const TimePoint now{parts_.clock.now()};
  const bool is_due{!memory.spend_read_at || has_groups ||
                    now - *memory.spend_read_at >= idle_spend_refresh};
  if (!is_due) return;
  if (const auto spend{parts_.store.spend(workload.name, now)}) {
    memory.spend = *spend;
    memory.spend_read_at = now;
  }
}

Snapshot ControlLoop::snapshot_of(const Workload& workload, Memory& memory, bool has_groups) {
  refresh_usage(workload, memory, has_groups);
  Snapshot snapshot{.taken_at = parts_.clock.now(), .workload = workload.name};
  if (const auto found{readings_.find(workload.name)}; found != readings_.end()) {
    snapshot.readings = std::move(found->second);
  }
  snapshot.fleet.base = memory.base;
  machines_.show(workload, snapshot.fleet);
  if (has_listed_) {
    snapshot.fleet.burst =
        has_groups ? groups_.groups(workload.name, unlisted_) : std::vector<Group>{};
  }
  if (!workload.offers.empty()) {
    const Offer& offer{offer_in_use(workload.offers, snapshot.fleet.burst)};
    snapshot.start_times = start_times_in(offer.place);
    snapshot.replica_price = {
        Money{offer.price.per_hour.nanos / std::max(1, offer.size.replicas.count)}};
  }
  snapshot.standby = standby_of(workload);
  snapshot.spend = memory.spend;
  snapshot.drained_until = memory.drained_until;
  snapshot.stopping_since = stopping_since_;
  return snapshot;
}

/// Where a region is in doubt, nothing is counted upon that waits there.
std::optional<Standby> ControlLoop::standby_of(const Workload& workload) const {
  const auto pool{standby_.status(workload.name)};
  if (!pool || !pool->stock || groups_.is_suspect(workload.name, pool->place)) return std::nullopt;
  const int each{pool->replicas_per_member};
  return Standby{.ready = {each * pool->stock->running},
                 .starting = {each * pool->stock->creating},
                 .start = workload.standby.warm_start};
}

const StartTimes& ControlLoop::start_times_in(const Place& place) {
  const auto [known, is_new]{start_times_.try_emplace(place)};
  if (is_new) {
    if (const auto times{parts_.store.start_times(place)}) known->second = *times;
  }
  return known->second;
}

asio::awaitable<void> ControlLoop::refresh_quotas() {
  const TimePoint now{parts_.clock.now()};
  if (now < next_quota_round_) co_return;
  next_quota_round_ = now + quota_round;
  std::vector<asio::awaitable<void>> first{};
  for (const auto& [name, workload] : config_.workloads) {
    for (const Offer& offer : workload->offers) {
      const Place region{Quotas::region_of(offer.place)};
      const bool is_full{quotas_.groups_left(region, offer.size, now,
                                             workload->replica.sku == GroupSku::confidential) == 0};
      const auto asked{quotas_asked_.find(region)};
      const Duration pause{is_full ? quota_refresh_when_full : quota_refresh};
      if (asked != quotas_asked_.end() && now - asked->second < pause) continue;
      quotas_asked_[region] = now;
      if (tick_ == 0) {
        first.push_back(read_quota(region, first_quota_timeout));
      } else {
        beside_.spawn(read_quota(region, listing_timeout));
      }
    }
  }
  co_await waiting_.run_all(std::move(first), quotas_at_once);
}

asio::awaitable<void> ControlLoop::read_quota(Place place, Duration timeout) {
  const auto deadline = io::deadline_after(parts_.clock, timeout);
  auto rows = co_await parts_.provider.usages(place, deadline);
  parts_.observer.on_call("usages", "provider", rows ? std::nullopt : std::optional{rows.error()});
  // Unknown is not used up: what is not read stays as it was.
  if (!rows) co_return;
  parts_.observer.on_quota(place, *rows);
  quotas_.note(place, std::move(*rows), parts_.clock.now());
}

}  // namespace spillway
