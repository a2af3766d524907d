#include "controller/loop/control_loop.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace asio = boost::asio;

namespace spillway {
namespace {

/// Requests to clusters that may be under way at once; each is one small read.
constexpr std::size_t clusters_at_once{32};
/// A whole listing has pages, each of which ARM may take seconds for.
constexpr Duration listing_timeout{std::chrono::seconds{60}};
/// The bill of a workload without groups changes only when a period ends.
constexpr Duration idle_spend_refresh{std::chrono::minutes{1}};
/// The journal grows slowly; what is due is removed in small bites.
constexpr Duration prune_every{std::chrono::minutes{10}};
/// Quotas change when groups come and go, and when a person at Azure raises them.
constexpr Duration quota_refresh{std::chrono::minutes{1}};
/// While nothing fits, creates wait for usage to fall: looked at more often.
constexpr Duration quota_refresh_when_full{std::chrono::seconds{10}};
constexpr Duration quota_round{std::chrono::seconds{5}};

std::string troubled_subject(const std::string& workload) {
  return "workload " + workload;
}

asio::awaitable<void> sleep(io::Clock& clock, TimePoint until) {
  const auto slept = co_await clock.sleep_until(until);
  static_cast<void>(slept);  // cancelled by `stop`: the caller looks at `stops_`
}

/// Broken code: the daemon must not go on deciding with it.
void on_broken(std::exception_ptr failure) {
  std::rethrow_exception(std::move(failure));
}

}  // namespace

ControlLoop::ControlLoop(Parts parts, LoopConfig config)
    : parts_{std::move(parts)},
      config_{std::move(config)},
      beside_{parts_.context, &on_broken},
      waiting_{parts_.context, &on_broken},
      operations_{parts_.provider, parts_.prober, parts_.clock, parts_.owner},
      groups_{operations_,
              parts_.clock,
              beside_,
              parts_.observer,
              [this](const std::string& name) { return find_workload(name); },
              [this](const std::string& name) {
                if (auto workload{find_workload(name)}) traffic_.reconcile_soon(workload);
              }},
      traffic_{parts_.clock, beside_, parts_.observer,
               [this](const std::string& name) { return groups_.records(name); },
               [this](const TrafficView& view) {
                 groups_.see_in_flight(view.group, view.in_flight, view.is_withdrawn);
               }},
      standby_{parts_.standby, parts_.store, parts_.clock, beside_, parts_.observer},
      machines_{parts_.clock, beside_, parts_.observer} {
  groups_.set_acting(config_.settings.mode == Mode::act);
  groups_.set_price_of(parts_.price_of);
}

Result<void> ControlLoop::restore() {
  auto records{parts_.store.open_groups()};
  if (!records) return with_context("reading the groups of the last run", records.error());
  for (const auto& [name, workload] : config_.workloads) {
    auto last{parts_.store.last_tick(name, longest_look_back(workload->decision.behavior))};
    if (!last) return with_context("reading the history of " + name, last.error());
    if (*last) {
      memories_[name].history = std::move((*last)->history);
      memories_[name].drained_until = (*last)->drained_until;
    }
    if (workload->shadow) {
      const auto shadow{restore_shadow(*workload)};
      if (!shadow) return with_context("reading the shadow of " + name, shadow.error());
    }
    const auto saved{parts_.store.save_settings(workload->settings_hash, workload->settings_text)};
    if (!saved) return with_context("writing the settings of " + name, saved.error());
    const auto recalled{recall_template(name)};
    if (!recalled) return with_context("reading the template of " + name, recalled.error());
  }
  const auto breakers{parts_.store.kept(std::string{kept_breakers})};
  if (!breakers) return with_context("reading what was learned", breakers.error());
  const auto rates{parts_.store.kept(std::string{kept_success_rates})};
  if (!rates) return with_context("reading what was learned", rates.error());
  const auto listing{parts_.store.kept(std::string{kept_listing})};
  if (!listing) return with_context("reading what was learned", listing.error());
  const auto refused{parts_.store.kept(std::string{kept_refused})};
  if (!refused) return with_context("reading what was learned", refused.error());
  if (*refused) groups_.remember_refused((*refused)->text);
  const auto rated{recall_rates()};
  if (!rated) return with_context("reading the creates of the last hour", rated.error());
  groups_.remember(*breakers ? (*breakers)->text : std::string{},
                   *rates ? (*rates)->text : std::string{},
                   *listing ? std::optional{(*listing)->at} : std::nullopt);
  groups_.restore(std::move(*records));
  return {};
}

// --- the course of time -------------------------------------------------------------------------

asio::awaitable<void> ControlLoop::run() {
  while (stops_ == 0) {
    const TimePoint began{parts_.clock.now()};
    co_await tick();
    // A tick that overran starts the next one at once; missed ones are not made up for.
    if (stops_ == 0) co_await sleep_until(began + config_.settings.interval);
  }
  const bool drains{config_.settings.drains_on_stop && config_.settings.mode == Mode::act};
  if (drains) co_await drain_everything();
  co_await end();
}

asio::awaitable<void> ControlLoop::end() {
  groups_.stop();
  beside_.cancel();
  co_await beside_.join();
  write_changes();
}

asio::awaitable<void> ControlLoop::sleep_until(TimePoint at) {
  std::vector<asio::awaitable<void>> tasks{};
  tasks.push_back(sleep(parts_.clock, at));
  co_await waiting_.run_all(std::move(tasks), 1);
}

void ControlLoop::stop() {
  ++stops_;
  waiting_.cancel();
}

/// Drains all groups, ticking on so that operations and balancers go on, until none is left.
asio::awaitable<void> ControlLoop::drain_everything() {
  const TimePoint limit{parts_.clock.now() + config_.settings.drain_on_stop_limit};
  stopping_since_ = parts_.clock.now();
  const auto is_done{[this] { return groups_.count() == 0 && standby_.is_empty(); }};
  while (!is_done() && stops_ < 2 && parts_.clock.now() < limit) {
    const TimePoint began{parts_.clock.now()};
    co_await tick();
    co_await sleep_until(began +
                         std::min<Duration>(config_.settings.interval, std::chrono::seconds{1}));
  }
}

// --- one tick -----------------------------------------------------------------------------------

asio::awaitable<void> ControlLoop::tick() {
  const TimePoint began{parts_.clock.now()};
  const int stops_before{stops_};
  co_await observe();
  if (stops_ != stops_before) co_return;  // what was read was cut short, not measured
  create_tokens_ = parts_.provider.create_tokens(began);
  planned_here_.clear();
  refresh_quotas();

  StateBatch batch{};
  std::vector<GroupRecord> intents{};
  std::vector<Plan> plans{};
  const std::set<std::string> busy{groups_.workloads_with_groups()};
  const auto status{std::make_shared<Status>()};
  std::vector<Tentative> tentatives{};
  tentatives.reserve(config_.workloads.size());
  for (const auto& [name, workload] : config_.workloads) {
    tentatives.push_back(decide_one(workload, busy.contains(name)));
  }
  for (Tentative& tentative : tentatives) {
    judge_template(*tentative.workload, tentative.snapshot);
    tentative.workload = config_.workloads.at(tentative.workload->name);
  }
  share(tentatives, config_.allocator);
  for (Tentative& tentative : tentatives) {
    auto each{plan_one(std::move(tentative), batch, intents)};
    if (!each.plan.is_empty()) plans.push_back(each.plan);
    status->workloads.push_back(std::make_shared<const WorkloadStatus>(std::move(each)));
  }

  std::ranges::copy(intents, std::back_inserter(batch.groups));
  const auto written{batch.is_empty() ? Result<void>{} : parts_.store.write(batch)};
  store_trouble_ = written ? std::nullopt : std::optional{written.error()};
  // An intent that is not on disk is not sent: after a crash nobody would know of the group. Drains
  // need no record, and a full disk must not keep paid groups running.
  if (!written) intents.clear();
  if (config_.settings.mode == Mode::act) act(intents, plans);
  drain_unconfigured();
  if (config_.settings.mode == Mode::act) {
    standby_.tick(config_.workloads, stopping_since_.has_value());
  }
  groups_.tick();
  if (config_.settings.mode == Mode::act) reconcile_traffic(busy);
  write_changes();
  prune();

  status->at = began;
  status->mode = config_.settings.mode;
  status->tick = ++tick_;
  status->listing_trouble = listing_trouble_;
  status->store_trouble = store_trouble_;
  status_ = status;
  last_tick_at_ = parts_.clock.now();
  parts_.observer.on_tick(status_, *last_tick_at_ - began);
}

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
  for (const Unlisted& hole : listed->unlisted) {
    unlisted_.insert(hole.places.begin(), hole.places.end());
    listing_trouble_ = hole.error;
  }
  parts_.observer.on_call("list", "provider", listing_trouble_);
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
    snapshot.fleet.burst = has_groups ? groups_.groups(workload.name) : std::vector<Group>{};
  }
  if (!workload.offers.empty()) {
    const Offer& offer{workload.offers.front()};
    snapshot.start_times = start_times_in(offer.place);
    snapshot.replica_price = {
        Money{offer.price.per_hour.nanos / std::max(1, offer.size.replicas.count)}};
  }
  snapshot.spend = memory.spend;
  snapshot.drained_until = memory.drained_until;
  snapshot.stopping_since = stopping_since_;
  return snapshot;
}

const StartTimes& ControlLoop::start_times_in(const Place& place) {
  const auto [known, is_new]{start_times_.try_emplace(place)};
  if (is_new) {
    if (const auto times{parts_.store.start_times(place)}) known->second = *times;
  }
  return known->second;
}

void ControlLoop::refresh_quotas() {
  const TimePoint now{parts_.clock.now()};
  if (config_.settings.mode != Mode::act || now < next_quota_round_) return;
  next_quota_round_ = now + quota_round;
  for (const auto& [name, workload] : config_.workloads) {
    for (const Offer& offer : workload->offers) {
      const Place region{Quotas::region_of(offer.place)};
      const bool is_full{quotas_.groups_left(region, offer.size, now,
                                             workload->replica.sku == GroupSku::confidential) == 0};
      const auto asked{quotas_asked_.find(region)};
      const Duration pause{is_full ? quota_refresh_when_full : quota_refresh};
      if (asked != quotas_asked_.end() && now - asked->second < pause) continue;
      quotas_asked_[region] = now;
      beside_.spawn(read_quota(region));
    }
  }
}

asio::awaitable<void> ControlLoop::read_quota(Place place) {
  const auto deadline = io::deadline_after(parts_.clock, listing_timeout);
  auto rows = co_await parts_.provider.usages(place, deadline);
  parts_.observer.on_call("usages", "provider", rows ? std::nullopt : std::optional{rows.error()});
  // Unknown is not used up: what is not read stays as it was.
  if (!rows) co_return;
  parts_.observer.on_quota(place, *rows);
  quotas_.note(place, std::move(*rows), parts_.clock.now());
}

Tentative ControlLoop::decide_one(std::shared_ptr<const Workload> workload, bool has_groups) {
  Memory& memory{memories_[workload->name]};
  Tentative tentative{.workload = workload, .has_groups = has_groups};
  tentative.snapshot = snapshot_of(*workload, memory, has_groups);
  tentative.decided = decide(workload->decision, tentative.snapshot, memory.history);
  if (workload->shadow) {
    tentative.shadow = decide(*workload->shadow, tentative.snapshot, memory.shadow_history);
  }
  return tentative;
}

WorkloadStatus ControlLoop::plan_one(Tentative tentative, StateBatch& batch,
                                     std::vector<GroupRecord>& intents) {
  const Workload& workload{*tentative.workload};
  Memory& memory{memories_[workload.name]};
  WorkloadStatus result{.snapshot = std::move(tentative.snapshot)};
  Decided& decided{tentative.decided};
  const PlanLimits limits{plan_limits(workload)};
  std::vector<Offer> offers{
      ranked_offers(workload, decided.decision, result.snapshot.fleet, limits.create_tokens)};
  result.plan = plan_burst(decided.decision, result.snapshot.fleet, offers, limits);
  create_tokens_ -= static_cast<int>(result.plan.creates.size());  // the next workload has the rest
  for (const CreateGroup& each : result.plan.creates) {
    ++planned_here_[Quotas::region_of(each.place)];
  }
  if (config_.settings.mode == Mode::act) {
    for (const Offer& offer : workload.offers) {
      const auto here{[&](const CreateGroup& each) {
        return each.place == offer.place && each.size == offer.size;
      }};
      standby_.note_creates(workload.name, offer,
                            static_cast<int>(std::ranges::count_if(result.plan.creates, here)));
    }
    machines_.act(tentative.workload, decided.decision);
  }
  if (tentative.has_groups) result.groups = groups_.records(workload.name);
  if (const auto* refused{groups_.refused_template(workload.name)}) result.refused = *refused;
  result.standby = standby_.status(workload.name);
  result.machines = machines_.status(workload, decided.decision);

  result.shadow = shadow_tick(tentative, result.snapshot);
  const Decision* const shadow{result.shadow ? &result.shadow->decision : nullptr};
  const Duration heartbeat{config_.settings.journal_heartbeat};
  if (journalist_.wants(decided.decision, result.plan, heartbeat, shadow)) {
    batch.journal.push_back({.at = decided.decision.at,
                             .workload = workload.name,
                             .snapshot = result.snapshot,
                             .past = std::move(memory.history),
                             .decision = decided.decision,
                             .offers = std::move(offers),
                             .plan_limits = limits,
                             .plan = result.plan,
                             .settings_hash = workload.settings_hash,
                             .mode = std::string{to_string(config_.settings.mode)},
                             .shadow = result.shadow});
  }
  if (config_.settings.mode == Mode::act) {
    std::ranges::move(groups_.intents(workload, result.plan, decided.decision.at),
                      std::back_inserter(intents));
  }
  memory.history = std::move(decided.next);
  result.decision = std::move(decided.decision);
  return result;
}

void ControlLoop::act(const std::vector<GroupRecord>& intents, const std::vector<Plan>& plans) {
  groups_.start(intents, {});
  for (const Plan& plan : plans) groups_.start({}, plan);
}

/// A workload that left the config takes its groups with it, but never at once: they are drained.
void ControlLoop::drain_unconfigured() {
  if (config_.settings.mode != Mode::act || is_listing_stale_) return;
  for (const std::string& name : groups_.workloads_with_groups()) {
    if (config_.workloads.contains(name)) continue;
    for (const GroupRecord& record : groups_.records(name)) {
      if (!unlisted_.contains(record.place)) groups_.drain(record.id);
    }
  }
}

/// Balancers are compared while a workload has groups, and for a while after: a call may have
/// failed when the last one left, and a controller that has just started may find leftovers.
void ControlLoop::reconcile_traffic(const std::set<std::string>& busy) {
  const auto reconcile{
      [&](const std::string& name, const std::shared_ptr<const Workload>& workload) {
        int& rounds{memories_[name].traffic_rounds_left};
        if (busy.contains(name)) rounds = traffic_rounds_after_the_last_group;
        if (rounds > 0) traffic_.reconcile_soon(workload);
        return --rounds > 0;
      }};
  for (const auto& [name, workload] : config_.workloads) {
    if (!reconcile(name, workload)) memories_[name].traffic_rounds_left = 0;
  }
  std::erase_if(retired_, [&](const auto& entry) {
    if (reconcile(entry.first, entry.second)) return false;
    memories_.erase(entry.first);
    return true;
  });
}

void ControlLoop::write_changes() {
  StateBatch changes{groups_.take_changes()};
  std::ranges::move(standby_.take_bills(), std::back_inserter(changes.groups));
  keep_templates(changes);
  if (changes.is_empty()) return;
  for (const StartSample& start : changes.starts) start_times_.erase(start.place);
  const auto written{parts_.store.write(changes)};
  if (written) return;
  store_trouble_ = written.error();
  for (auto& [name, memory] : memories_) memory.is_template_kept = false;
  groups_.put_back(std::move(changes));
}

/// Keeps the journal within its retention. A bite per tick until nothing is due, so that no tick
/// waits for a large deletion.
void ControlLoop::prune() {
  const TimePoint now{parts_.clock.now()};
  if (now < next_prune_) return;
  const auto report{parts_.store.prune(now - config_.settings.retention)};
  if (!report) store_trouble_ = report.error();
  if (!report || report->is_done) next_prune_ = now + prune_every;
}

std::shared_ptr<const Workload> ControlLoop::find_workload(const std::string& name) const {
  if (const auto found{config_.workloads.find(name)}; found != config_.workloads.end()) {
    return found->second;
  }
  const auto retired{retired_.find(name)};
  return retired == retired_.end() ? nullptr : retired->second;
}

}  // namespace spillway
