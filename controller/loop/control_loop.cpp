#include "controller/loop/control_loop.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace asio = boost::asio;

namespace spillway {
namespace {

/// The journal grows slowly; what is due is removed in small bites.
constexpr Duration prune_every{std::chrono::minutes{10}};

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
               [this](const TrafficView& view) { groups_.see_traffic(view); }},
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
    const auto order{parts_.store.kept(kept_drain_key(name))};
    if (!order) return with_context("reading orders for " + name, order.error());
    if (*order) memories_[name].drained_until = (*order)->at;
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
  const auto round_trips{parts_.store.kept(std::string{kept_round_trips})};
  if (!round_trips) return with_context("reading what was learned", round_trips.error());
  if (*round_trips) groups_.remember_round_trips((*round_trips)->text);
  const auto rated{recall_rates()};
  if (!rated) return with_context("reading the creates of the last hour", rated.error());
  groups_.remember(*breakers ? (*breakers)->text : std::string{},
                   *rates ? (*rates)->text : std::string{},
                   *listing ? std::optional{(*listing)->at} : std::nullopt);
  groups_.remember_alive_until(parts_.store.alive_until());
  groups_.restore(std::move(*records));
  restore_traffic();
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

void ControlLoop::leave() {
  config_.settings.drains_on_stop = false;
  stop();
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
  co_await refresh_quotas();
  if (stops_ != stops_before) co_return;

  StateBatch batch{};
  std::vector<GroupRecord> intents{};
  std::vector<WorkloadStatus> planned{};
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
  planned.reserve(tentatives.size());
  for (Tentative& tentative : tentatives) {
    planned.push_back(plan_one(std::move(tentative), batch, intents));
  }

  std::ranges::copy(intents, std::back_inserter(batch.groups));
  const auto written{batch.is_empty() ? Result<void>{} : parts_.store.write(batch)};
  store_trouble_ = written ? std::nullopt : std::optional{written.error()};
  // An intent that is not on disk is not sent: after a crash nobody would know of the group. Drains
  // need no record, and a full disk must not keep paid groups running.
  if (!written) {
    intents.clear();
    journalist_.forget_all();
    for (WorkloadStatus& each : planned) withhold_creates(each.plan, Because::state_unwritten);
  }
  std::vector<Plan> plans{};
  for (WorkloadStatus& each : planned) {
    if (!each.plan.is_empty()) plans.push_back(each.plan);
    status->workloads.push_back(std::make_shared<const WorkloadStatus>(std::move(each)));
  }
  if (config_.settings.mode == Mode::act) act(intents, plans);
  drain_unconfigured();
  if (config_.settings.mode == Mode::act) {
    standby_.tick(config_.workloads, stopping_since_.has_value());
  }
  groups_.tick();
  if (config_.settings.mode == Mode::act) reconcile_traffic(busy);
  write_changes();
  prune();

  for (const std::string& name : busy) {
    if (config_.workloads.contains(name)) continue;
    std::ranges::move(groups_.records(name), std::back_inserter(status->leaving));
  }
  status->at = began;
  status->mode = config_.settings.mode;
  status->tick = ++tick_;
  status->listing_trouble = listing_trouble_;
  status->store_trouble = store_trouble_;
  status_ = status;
  last_tick_at_ = parts_.clock.now();
  parts_.observer.on_tick(status_, *last_tick_at_ - began);
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

void ControlLoop::note_load(Memory& memory, const Snapshot& snapshot) {
  constexpr std::size_t loads_kept{4'000};  // an hour of ticks a second apart
  const auto load{snapshot.readings[signal::load].fresh_value()};
  if (load && memory.loads.size() < loads_kept) memory.loads.push_back({snapshot.taken_at, *load});
}

WorkloadStatus ControlLoop::plan_one(Tentative tentative, StateBatch& batch,
                                     std::vector<GroupRecord>& intents) {
  const Workload& workload{*tentative.workload};
  Memory& memory{memories_[workload.name]};
  WorkloadStatus result{.snapshot = std::move(tentative.snapshot)};
  Decided& decided{tentative.decided};
  PlanLimits limits{plan_limits(workload)};
  if (config_.allocator.is_limited()) {
    const int shared{(decided.decision.burst + tentative.beyond).count};
    limits.most_wanted = std::min(limits.most_wanted.value_or(shared), shared);
  }
  std::vector<Offer> offers{
      ranked_offers(workload, decided.decision, result.snapshot.fleet, limits.create_tokens)};
  result.plan = plan_burst(decided.decision, result.snapshot.fleet, offers, limits);
  create_tokens_ -= static_cast<int>(result.plan.creates.size());  // the next workload has the rest
  for (const CreateGroup& each : result.plan.creates) {
    planned_here_[Quotas::region_of(each.place)].push_back(each.size);
  }
  if (config_.settings.mode == Mode::act) {
    for (const Offer& offer : workload.offers) {
      const auto here{[&](const CreateGroup& each) {
        return each.place == offer.place && each.size == offer.size;
      }};
      standby_.note_creates(workload.name, offer,
                            static_cast<int>(std::ranges::count_if(result.plan.creates, here)));
    }
    machines_.act(tentative.workload, decided.decision, result.snapshot.fleet);
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
                             .shadow = result.shadow,
                             .loads = std::exchange(memory.loads, {})});
  } else {
    note_load(memory, result.snapshot);
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

void ControlLoop::write_changes() {
  StateBatch changes{groups_.take_changes()};
  std::ranges::move(standby_.take_bills(), std::back_inserter(changes.groups));
  keep_templates(changes);
  keep_traffic(changes);
  if (changes.is_empty()) return;
  for (const StartSample& start : changes.starts) start_times_.erase(start.place);
  const auto written{parts_.store.write(changes)};
  if (written) return;
  store_trouble_ = written.error();
  for (auto& [name, memory] : memories_) {
    memory.is_template_kept = false;
    memory.kept_traffic.reset();
  }
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
