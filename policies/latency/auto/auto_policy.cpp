#include "policies/latency/auto/auto_policy.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

#include "policies/latency/auto/auto_state.hpp"
#include "policies/latency/auto/choice.hpp"
#include "policies/latency/auto/decision_words.hpp"
#include "policies/remembered.hpp"
#include "policies/staffing.hpp"

namespace spillway {
namespace {

using autopilot::Beyond;
using autopilot::Choice;
using autopilot::Economics;
using autopilot::load_exceeded;
using autopilot::StaffingTable;
using autopilot::State;
using autopilot::Told;

constexpr double backlog_within_s{5.0};  // a backlog is worked off in this time
constexpr double usual_period_s{15.0};   // before the second tick
constexpr double longest_silence_s{3'600.0};
constexpr double longest_seen_s{120.0};  // after a longer silence nobody knows what ran meanwhile
constexpr double widest_growth{1.3};     // beyond the highest load known, that is still planned for
constexpr std::size_t slots_shown{4};    // that count before the highest load is learned
/// Start times that a start costs: one before it serves, and as much until it could be given back.
constexpr double starts_paid{2.0};
/// Starts that giving back costs if the load comes back: one, and the lateness until it serves.
constexpr double restart{2.0};
constexpr double restart_scarce{10.0};    // more of them, as the allowed creates run out
constexpr double out_of_proportion{5.0};  // times the highest load known, and what the fleet holds
constexpr double usual_fleet{20.0};    // replicas: from nothing to a hundred at once is no surprise
constexpr double busy{0.95};           // utilization of a fleet in trouble
constexpr double unseen_backlog{0.2};  // of the load, where a full fleet tells of no queue
constexpr double believed_rise{2.0};   // of one reading over that before: the next one will tell

double seconds_of(TimePoint at) {
  return std::chrono::duration<double>(at.time_since_epoch()).count();
}

/// The learned rate in steps of 1 %, so that a table is not made anew for every breath.
double stepped(double rate) {
  return std::exp(std::round(std::log(rate) * 100.0) / 100.0);
}

/// How far ahead a decision looks, in slots.
struct Horizon {
  std::size_t slots{1};
  bool is_cut{false};  ///< it should be more
};

/// Until a replica that is asked for now and starts within `start` serves, and until the next
/// decision's would.
Horizon horizon(const AutoSettings& settings, Duration start, double period_s) {
  const double whole_s{seconds(settings.metric_delay) + seconds(start) + period_s};
  // A tick that is a second late must not change the horizon.
  const double slots{std::max(1.0, std::ceil(whole_s / autopilot::slot_seconds - 0.15))};
  const bool is_cut{slots > static_cast<double>(autopilot::slots_ahead_max)};
  return {is_cut ? autopilot::slots_ahead_max : static_cast<std::size_t>(slots), is_cut};
}

/// One wrong reading must not become the highest load known for days: what is out of all proportion
/// is believed step by step, as long as it stays.
double believed_load(double load, double rate, const State& state) {
  const double held{rate * std::max(usual_fleet, state.service.most_serving())};
  const double known{std::max({state.prediction.highest(), state.loads.max(0, slots_shown), held})};
  return known > 0.0 ? std::min(load, out_of_proportion * known) : load;
}

/// Late or full: whatever else is unknown, what runs is not enough.
bool is_in_trouble(const Snapshot& now, double late_share) {
  const double utilization{now.readings[signal::utilization].fresh_value().value_or(0.0)};
  const double late{now.readings[signal::late].fresh_value().value_or(0.0)};
  return utilization > busy || late > late_share;
}

}  // namespace

AutoPolicy::Signals AutoPolicy::signals_of(const Readings& readings) {
  return {.load = readings[signal::load].fresh_value(),
          .utilization = readings[signal::utilization].fresh_value(),
          .late = readings[signal::late].fresh_value(),
          .queue = readings[signal::queue].fresh_value()};
}

AutoPolicy::AutoPolicy(Settings settings)
    : settings_{settings}, curves_{autopilot::staffing_curves(settings.quantile)} {}

std::vector<std::string> AutoPolicy::signals() const {
  return {std::string{signal::load}};  // the others help, and are not required
}

Recommendation AutoPolicy::without_load(const Snapshot& now, KeptMemory memory) const {
  Recommendation blind{hold(type, now.readings[signal::load])};
  blind.memory = std::move(memory);
  if (!now.fleet.base || !now.fleet.burst) return blind;
  // What is left to see may raise: a busy or late fleet grows even so.
  if (!is_in_trouble(now, settings_.late_share)) return blind;
  const Replicas running{*now.fleet.total()};
  if (running > serving_replicas(now.fleet)) return blind;  // what starts counts first
  blind.floor = running + Replicas{std::max(1, running.count / 5)};
  blind.words += "; it is busy or late, and grows all the same";
  return blind;
}

Recommendation AutoPolicy::without_rate(const Snapshot& now, double load, KeptMemory memory) const {
  Recommendation asked{
      .policy = std::string{type},
      .is_hold = true,
      .because = Because::no_data,
      .words =
          "the service rate is not known yet: needs utilization, late, queue, or a "
          "replica_capacity",
      .memory = std::move(memory)};
  // The first replica is what a rate can be learned from; after that, those that start count first.
  const Replicas running{*now.fleet.total()};
  const bool is_starting{running > serving_replicas(now.fleet)};
  if (load <= 0.0 || is_starting) return asked;
  if (running.count == 0) {
    asked.floor = Replicas{1};
    asked.words += "; one replica will tell";
  } else if (is_in_trouble(now, settings_.late_share)) {
    asked.floor = running + Replicas{std::max(1, running.count / 5)};
    asked.words += "; it is busy or late, and grows meanwhile";
  }
  return asked;
}

Recommendation AutoPolicy::recommend(const Snapshot& now, const History& past) const {
  const KeptMemory& memory{past.kept(type)};
  // A damaged memory is none: passing it on would keep it for ever.
  const auto passed_on{[&memory] {
    return memory.as<State>() || all_finite(memory.numbers()) ? memory : KeptMemory{};
  }};
  const Signals signals{signals_of(now.readings)};
  const auto& load{signals.load};
  if (!load) return without_load(now, passed_on());
  if (!now.fleet.base || !now.fleet.burst) {
    return {.policy = std::string{type},
            .is_hold = true,
            .because = Because::fleet_unknown,
            .words = "the fleet could not be listed",
            .memory = passed_on()};
  }
  const auto form{autopilot::restore(memory)};
  State& state{*form};
  const double at_s{seconds_of(now.taken_at)};
  const double elapsed_s{state.last_at_s == 0.0
                             ? usual_period_s
                             : std::clamp(at_s - state.last_at_s, 0.0, longest_silence_s)};
  state.last_at_s = at_s;
  const double serving{static_cast<double>(serving_replicas(now.fleet).count)};
  state.service.learn({.load = std::max(0.0, *load),
                       .utilization = signals.utilization,
                       .late = signals.late,
                       .queue = signals.queue,
                       .serving = serving,
                       .elapsed_s = elapsed_s,
                       .wait_s = seconds(settings_.wait)});
  const auto rate{settings_.replica_capacity_rps ? settings_.replica_capacity_rps
                                                 : state.service.get()};
  if (!rate) return without_rate(now, std::max(0.0, *load), autopilot::keep(form));
  const auto utilization_now{state.service.is_utilization_current() ? signals.utilization
                                                                    : std::nullopt};
  const bool is_known{settings_.replica_capacity_rps || state.service.is_settled()};
  const double plausible{state.load_doubt.believed(std::max(0.0, *load),
                                                   {.utilization = utilization_now,
                                                    .fewest = state.service.fewest_serving(),
                                                    .most = state.service.most_serving(),
                                                    .rate = is_known ? rate : std::nullopt},
                                                   elapsed_s)};
  const double arriving{believed_load(plausible, *rate, state)};
  Recommendation asked{decide(
      now, {.signals = signals, .load = arriving, .elapsed_s = elapsed_s, .rate = *rate}, state)};
  asked.memory = autopilot::keep(form);
  return asked;
}

/// What lateness says about the price of it, and about the model.
void AutoPolicy::learn_lateness(const Seen& seen, const StaffingTable& table, State& state) const {
  const auto& [load, utilization, late, queue]{seen.signals};
  if (!late) return;
  const double told{std::clamp(*late, 0.0, 1.0)};
  const double held{table.held_by(state.service.fewest_serving())};
  const double rate{state.ceiling.bound(seen.rate / state.doubt.factor())};  // of the table
  if (utilization) {
    state.lateness_floor.learn({.late = told,
                                .utilization = *utilization,
                                .load = seen.load,
                                .held = held * state.doubt.factor(),
                                .elapsed_s = seen.elapsed_s});
  }
  const double share{state.lateness_floor.beyond(told)};
  state.budget.spend(share, seen.load, seen.elapsed_s,
                     {.allowed_late = settings_.late_share, .price_cap = settings_.late_price_cap});
  // Without a utilization the rate is what lateness says: it is not said twice.
  if (utilization || settings_.replica_capacity_rps) {
    state.doubt.learn({.late = share,
                       .allowed_late = settings_.late_share,
                       .load = seen.load,
                       .held = held,
                       .utilization = utilization,
                       .elapsed_s = seen.elapsed_s});
  }
  if (utilization && state.service.is_utilization_current() && state.service.is_settled() &&
      !settings_.replica_capacity_rps) {
    state.ceiling.learn({.late = share,
                         .utilization = *utilization,
                         .load = seen.load,
                         .serving = state.service.fewest_serving(),
                         .rate = seen.rate,
                         .full = held / rate,
                         .is_steady = state.service.is_steady(),
                         .elapsed_s = seen.elapsed_s});
  }
}

Recommendation AutoPolicy::decide(const Snapshot& now, const Seen& seen, State& state) const {
  const double at_s{seconds_of(now.taken_at)};
  const double rate{state.ceiling.bound(seen.rate / state.doubt.factor())};
  const double offset{0.1 * rate + 0.01 * state.loads.max(0, 1)};

  const double period_s{std::min(seen.elapsed_s, longest_seen_s)};
  const Horizon cold{horizon(settings_, now.start_times.p95, period_s)};
  const Horizon warm{now.standby ? horizon(settings_, now.standby->start, period_s) : cold};
  state.standby.see(now.standby.has_value(), seen.elapsed_s);
  const int closed{state.loads.take(at_s, seen.load)};
  for (int slot{closed}; slot >= 1; --slot) {
    const auto back{static_cast<std::size_t>(slot)};
    state.prediction.learn(state.loads, back, cold.slots, offset);
    if (now.standby) state.standby.prediction()->learn(state.loads, back, warm.slots, offset);
  }

  const int base{now.fleet.base->capacity().count};
  const double highest{std::max(state.prediction.highest(), state.loads.max(0, slots_shown))};
  const double widest{widest_growth * highest + rate * base};
  const StaffingTable table{*curves_, settings_.replica_capacity_rps ? rate : stepped(rate),
                            seconds(settings_.wait), widest, std::move(state.staffing)};
  state.staffing = table.rows();
  const auto reached{static_cast<std::size_t>(std::ranges::upper_bound(table.holds(), widest) -
                                              table.holds().begin())};
  // Less than the base is never asked for; a person is told of that, too.
  const std::size_t least{
      now.has_reader || reached == 0 ? 0 : std::min(table.row_of(base), reached - 1)};
  const StaffingTable candidates{table.part(least, reached)};
  const auto holds{candidates.holds()};
  learn_lateness(seen, table, state);

  const BurstCount burst{count_burst(*now.fleet.burst)};
  // Machines that start are no part of it: they serve in minutes, if at all.
  const int running{now.fleet.total()->count};
  const HourlyPrice price{now.replica_price.per_hour > Money{} ? now.replica_price
                                                               : settings_.replica_price};
  const double rent{price.per_hour.usd() / 3'600.0};
  state.creates.see(burst.wanted().count, seen.elapsed_s);
  state.refused.see(burst.wanted().count, seen.elapsed_s, seconds(now.start_times.p95));
  const double used{
      std::min(1.0, state.creates.per_hour() / static_cast<double>(settings_.creates_per_hour))};
  const Economics economics{
      .rent = rent,
      .late_price =
          settings_.late_price.value_or(state.budget.price(settings_.late_price_cap)) * rent / rate,
      .start_charge = starts_paid * seconds(now.start_times.median),
      .restart = restart + restart_scarce * used * used * used,
      .slot = autopilot::slot_seconds};
  autopilot::Outlook outlook{state.prediction.outlook(state.loads, cold.slots, offset, holds)};
  Choice choice{autopilot::choose(candidates, outlook.tail, base, running, economics)};
  const int standby{now.standby ? (now.standby->ready + now.standby->starting).count : 0};
  bool is_soon{false};  // what counts is what comes within a standby's start
  if (standby > 0) {
    autopilot::Outlook soon{
        state.standby.prediction()->outlook(state.loads, warm.slots, offset, holds)};
    Economics from_pool{economics};
    // One that is taken is paid for until it serves, and so is the start of its successor.
    from_pool.start_charge =
        starts_paid * seconds(now.standby->start) + seconds(now.start_times.median);
    // What is given back may be wanted again after this look ahead too: within the other one.
    from_pool.restart *= static_cast<double>(cold.slots) / static_cast<double>(warm.slots);
    const Choice needed{autopilot::choose(candidates, soon.tail, base, running, from_pool)};
    const int count{autopilot::count_with_standby(needed.count, choice.count, standby)};
    is_soon = count == needed.count;
    if (is_soon) {
      choice = needed;
      outlook = std::move(soon);
    }
    choice.count = std::max(base, count);
  }

  const double queue{seen.signals.queue.value_or(0.0)};
  const bool has_backlog{queue > rate};
  const int for_backlog{has_backlog ? table.count_for(seen.load + queue / backlog_within_s) : 0};
  // Whatever is expected of the load, what it is now is held: after calm hours a step looks like
  // noise that will be over soon.
  const bool may_have_backlog{!seen.signals.queue && seen.signals.utilization.value_or(0.0) > busy};
  const int for_seen{
      table.count_for(std::min(state.loads.at(0), believed_rise * state.loads.at(1)) *
                      (may_have_backlog ? 1.0 + unseen_backlog : 1.0))};
  // ... and what runs and is busy with it stays, even if one reading is not to be bought for.
  const int for_held{std::min(running, table.count_for(state.loads.at(0)))};
  // ... and what serves at a rate that nobody knows yet.
  const int for_doubt{state.service.is_doubted() ? serving_replicas(now.fleet).count : 0};
  const int for_next{state.slot_hold.highest(state.loads.now(), choice.count)};
  const int floor{std::max({for_next, for_backlog, for_seen, for_held, for_doubt, base})};

  const int per_vm{settings_.vm_replicas};
  const double vm_price{settings_.vm_price.per_hour.usd()};
  const bool has_vms{per_vm > 0 && rent * 3'600.0 * per_vm > vm_price};
  std::optional<Replicas> vms{};
  int handed_over{0};
  if (has_vms) {
    const int machines{(now.fleet.vms.ready + now.fleet.vms.starting).count / per_vm};
    int kept{state.vms.decide({.wanted = floor - base, .refused = state.refused.count()},
                              std::min(seen.elapsed_s, longest_seen_s), machines,
                              {.replicas = per_vm,
                               .vm_price = vm_price,
                               .burst_price = rent * 3'600.0 * per_vm,
                               .start_rent = vm_price / 3'600.0 * seconds(settings_.vm_start)})};
    const bool leaves_at_once{!now.fleet.vms.staying};
    if (leaves_at_once && kept < machines && floor - base > kept * per_vm + burst.serving.count) {
      // What still runs on the machine gets its new place before it goes.
      handed_over = (machines - kept) * per_vm;
      kept = machines;
    }
    vms = Replicas{per_vm * kept};
  }
  const int asked{floor + handed_over};
  const int kept_vms{now.fleet.vms.kept(vms.value_or(now.fleet.vms.ready)).count};
  // What a person has ordered away is not refused.
  state.refused.ask(now.wants_no_burst() ? 0 : std::max(0, asked - base - kept_vms));
  state.creates.ask(std::min(burst.wanted().count, std::max(0, asked - base - kept_vms)));

  std::string words{};
  if (now.has_reader) {
    const Told told{.asked = floor,
                    .low = load_exceeded(holds, outlook.tail, 0.9),
                    .high = load_exceeded(holds, outlook.tail, 0.1),
                    .jump_chance = outlook.jump_chance,
                    .horizon_s = static_cast<double>(is_soon ? warm.slots : cold.slots) *
                                 autopilot::slot_seconds,
                    .widest_growth = widest_growth,
                    .is_cut = cold.is_cut && !is_soon,
                    .doubt = state.doubt.factor(),
                    .is_bounded = rate < seen.rate / state.doubt.factor(),
                    .late_floor = state.lateness_floor.get(),
                    .standby = standby,
                    .beyond = for_backlog == floor ? Beyond::backlog
                              : for_doubt == floor ? Beyond::rate_in_doubt
                                                   : Beyond::load_now};
    words = words_of(choice, told, economics);
  }
  return {.policy = std::string{type},
          .floor = Replicas{asked},
          .vms = vms,
          .because = compared_with(Replicas{asked}, now.fleet),
          .words = std::move(words)};
}

}  // namespace spillway
