#include "controller/backtest/simulation.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "controller/backtest/pools.hpp"
#include "controller/backtest/random.hpp"

namespace spillway::backtest {
namespace {

/// What one metrics window saw.
struct Window {
  double arrived{0.0};
  double late{0.0};
  double served{0.0};
  double capacity{0.0};
  double backlog{0.0};  ///< at its end
};

int sign(int x) {
  return (x > 0 ? 1 : 0) - (x < 0 ? 1 : 0);
}

std::int64_t whole_seconds(Duration d) {
  return std::chrono::duration_cast<std::chrono::seconds>(d).count();
}

class Simulation {
 public:
  Simulation(const Load& load, const World& world, const Run& run)
      : load_{load},
        world_{world},
        dice_{seed_for(run.seed, load.need)},
        burst_{world.burst, dice_},
        machines_{world.cluster, dice_, run.machines_at_start},
        interval_s_{whole_seconds(world.observed.interval)},
        window_s_{whole_seconds(world.observed.window)},
        delay_s_{whole_seconds(world.observed.delay)},
        burst_usd_per_s_{burst_price(world.burst).per_hour.usd() / 3600.0},
        vm_usd_per_s_{world.cluster.vm_price.per_hour.usd() / 3600.0},
        late_backlog_s_{seconds(world.replica.backlog_late)},
        lost_backlog_s_{seconds(world.replica.backlog_dropped_beyond)} {
    windows_.reserve(load.rps.size() / static_cast<std::size_t>(window_s_) + 2);
    snapshot_.workload = load.name;
    snapshot_.start_times = start_times(world.burst);
    snapshot_.replica_price = burst_price(world.burst);
    if (world.burst.standby > 0) {
      snapshot_.standby = Standby{.start = world.burst.standby_start};
    }
    snapshot_.fleet.base = BasePool{.ready = {load.base},
                                    .desired = {load.base},
                                    .nodes_up = load.base / world.cluster.replicas_per_vm};
    snapshot_.fleet.burst.emplace();
  }

  Outcome run(const Decider& decide, const Observer& observer) {
    snapshot_.has_reader = static_cast<bool>(observer);
    const auto end{static_cast<std::int64_t>(load_.seconds())};
    for (std::int64_t begin{0}; begin < end; begin += interval_s_) {
      burst_.advance(begin);
      machines_.advance(begin);
      look(begin);
      const Decision decision{decide(snapshot_)};
      ++outcome_.decisions;
      follow(decision, begin);
      const Interval interval{play(begin, std::min(begin + interval_s_, end))};
      if (observer) observer(interval, decision);
    }
    return finished();
  }

 private:
  int per_vm() const { return world_.cluster.replicas_per_vm; }
  int serving() const { return load_.base + machines_.ready() * per_vm() + burst_.ready(); }

  /// The snapshot at `now`: metrics of the last window that can be read, the fleet as it is.
  void look(std::int64_t now) {
    snapshot_.taken_at = load_.begins + std::chrono::seconds{now};
    read_metrics(now);
    snapshot_.fleet.vms = {.ready = {machines_.ready() * per_vm()},
                           .starting = {machines_.starting() * per_vm()}};
    show_burst();
    if (snapshot_.standby) {
      snapshot_.standby->ready = {burst_.standby_ready()};
      snapshot_.standby->starting = {burst_.standby_starting()};
    }
    keep_account();
  }

  /// All replicas of one phase as one group: policies see counts.
  void show_burst() {
    if (shown_ready_ == burst_.ready() && shown_starting_ == burst_.starting()) return;
    shown_ready_ = burst_.ready();
    shown_starting_ = burst_.starting();
    std::vector<Group>& groups{*snapshot_.fleet.burst};
    groups.clear();
    if (shown_ready_ > 0) groups.push_back(group("ready", GroupPhase::serving, shown_ready_));
    if (shown_starting_ > 0) {
      groups.push_back(group("starting", GroupPhase::starting, shown_starting_));
    }
  }

  Group group(const char* name, GroupPhase phase, int replicas) const {
    return {.id = {name},
            .phase = phase,
            .size = {.vcpu = world_.burst.vcpu * replicas,
                     .memory_gb = world_.burst.memory_gb * replicas,
                     .replicas = {replicas}}};
  }

  void read_metrics(std::int64_t now) {
    const std::int64_t last{(now - delay_s_) / window_s_ - 1};
    if (now < delay_s_ || last < 0 || last == last_window_) return;
    last_window_ = last;
    const Window& seen{windows_[static_cast<std::size_t>(last)]};
    const double noise{noise_of(seen, static_cast<std::uint64_t>(last))};
    const TimePoint at{load_.begins + std::chrono::seconds{(last + 1) * window_s_}};
    const auto set{[&](std::string_view name, double value) {
      snapshot_.readings.set(name, Reading::fresh(value, at));
    }};
    set(signal::load, seen.arrived * noise / static_cast<double>(window_s_));
    set(signal::utilization, std::min(1.0, seen.served / seen.capacity));
    set(signal::queue, seen.backlog);
    set(signal::late, seen.arrived > 0.0 ? seen.late / seen.arrived : 0.0);
  }

  /// Counted arrivals by true ones: a Poisson count by its mean.
  double noise_of(const Window& window, std::uint64_t index) const {
    if (!world_.observed.has_counting_noise || window.arrived <= 0.0) return 1.0;
    const auto count{dice_.poisson(Stream::arrivals, index, window.arrived)};
    return static_cast<double>(count) / window.arrived;
  }

  /// What the burst has cost in the hour, day and month of `now`.
  void keep_account() {
    const auto now{
        std::chrono::floor<std::chrono::seconds>(snapshot_.taken_at).time_since_epoch().count()};
    const double spent{static_cast<double>(outcome_.burst_seconds) * burst_usd_per_s_};
    const PeriodMarks marks{now / 3600, now / 86'400, month_of(now)};
    if (marks.hour != marks_.hour) hour_begin_usd_ = spent;
    if (marks.day != marks_.day) day_begin_usd_ = spent;
    if (marks.month != marks_.month) month_begin_usd_ = spent;
    marks_ = marks;
    snapshot_.spend = {.this_hour = usd(spent - hour_begin_usd_),
                       .today = usd(spent - day_begin_usd_),
                       .this_month = usd(spent - month_begin_usd_)};
  }

  struct PeriodMarks {
    std::int64_t hour{0};
    std::int64_t day{0};
    int month{0};
  };

  /// Months since year 0; looked up once a day.
  int month_of(std::int64_t now) {
    if (now / 86'400 != marks_.day || marks_.month == 0) {
      const auto day{std::chrono::floor<std::chrono::days>(snapshot_.taken_at)};
      const std::chrono::year_month_day date{day};
      return static_cast<int>(date.year()) * 12 +
             static_cast<int>(static_cast<unsigned>(date.month()));
    }
    return marks_.month;
  }

  void follow(const Decision& decision, std::int64_t now) {
    // As the planner does: a decision that could not see removes nothing.
    const int running{burst_.ready() + burst_.starting()};
    const int wanted{decision.is_blind ? std::max(running, decision.burst.count)
                                       : decision.burst.count};
    burst_.want(std::max(0, wanted), now);
    machines_.want(std::max(0, (decision.vms.count + per_vm() - 1) / per_vm()), now);
  }

  /// The seconds in [begin, end).
  Interval play(std::int64_t begin, std::int64_t end) {
    Interval interval{.begin_s = static_cast<int>(begin),
                      .base = load_.base,
                      .vms_ready = machines_.ready() * per_vm(),
                      .vms_starting = machines_.starting() * per_vm(),
                      .burst_ready = burst_.ready(),
                      .burst_starting = burst_.starting()};
    const std::int64_t burst_before{outcome_.burst_seconds};
    const std::int64_t vm_before{outcome_.vm_seconds};
    supplied_ = supplied_now();
    for (std::int64_t now{begin}; now < end; ++now) {
      const bool burst_changes{burst_.advance(now)};
      const bool machines_change{machines_.advance(now)};
      if (burst_changes || machines_change) supplied_ = supplied_now();
      play_second(now, interval);
    }
    judge_movement(interval.need);
    interval.load_rps /= static_cast<double>(end - begin);
    interval.burst_cost_usd =
        static_cast<double>(outcome_.burst_seconds - burst_before) * burst_usd_per_s_ +
        static_cast<double>(outcome_.vm_seconds - vm_before) * vm_usd_per_s_;
    return interval;
  }

  /// What there is, and what it serves.
  struct Supplied {
    int replicas{0};
    int burst_billed{0};
    int machines_billed{0};
    double capacity{0.0};
    double held{0.0};          ///< within the objective
    double late_backlog{0.0};  ///< more of it makes a second late ...
    double kept_backlog{0.0};  ///< ... and still more is lost
  };

  Supplied supplied_now() const {
    const int replicas{serving()};
    const double capacity{replicas * world_.replica.capacity_rps};
    return {.replicas = replicas,
            .burst_billed = burst_.ready() + burst_.starting() + burst_.standby_ready() +
                            burst_.standby_starting(),
            .machines_billed = machines_.ready() + machines_.starting(),
            .capacity = capacity,
            .held = load_.held_by(replicas),
            .late_backlog = late_backlog_s_ * capacity,
            .kept_backlog = lost_backlog_s_ * capacity};
  }

  void play_second(std::int64_t now, Interval& interval) {
    const auto index{static_cast<std::size_t>(now)};
    const double arrived{load_.rps[index]};
    const int need{load_.need[index]};
    const auto& [supply, burst_billed, machines_billed, capacity, held, late_backlog,
                 kept_backlog]{supplied_};

    const double work{backlog_ + arrived};
    const double served{std::min(work, capacity)};
    backlog_ = work - served;
    const bool is_late{arrived > held || backlog_ > late_backlog};
    if (backlog_ > kept_backlog) {
      outcome_.dropped_requests += backlog_ - kept_backlog;
      backlog_ = kept_backlog;
    }
    const double late{is_late ? arrived : 0.0};
    outcome_.late_requests += late;
    outcome_.burst_seconds += burst_billed;
    outcome_.vm_seconds += machines_billed;
    judge_supply(need, supply);

    interval.load_rps += arrived;
    interval.late_requests += late;
    interval.need = std::max(interval.need, need);
    window_.arrived += arrived;
    window_.late += late;
    window_.served += served;
    window_.capacity += capacity;
    if (++window_age_s_ == window_s_) {
      window_.backlog = backlog_;
      windows_.push_back(window_);
      window_ = {};
      window_age_s_ = 0;
    }
  }

  void judge_supply(int need, int supply) {
    if (need > supply) {
      outcome_.under_accuracy += static_cast<double>(need - supply) / need;
      outcome_.under_timeshare += 1.0;
    } else if (supply > need) {
      outcome_.over_accuracy += static_cast<double>(supply - need) / supply;
      outcome_.over_timeshare += 1.0;
    }
  }

  void judge_movement(int need) {
    const int supply{serving()};
    if (outcome_.decisions > 1) {
      const int supply_moves{sign(supply - last_supply_)};
      if (supply_moves > sign(need - last_need_)) outcome_.instability += 1.0;
      if (supply_moves != 0) outcome_.adaptations_per_day += 1.0;
    }
    last_supply_ = supply;
    last_need_ = need;
  }

  Outcome finished() {
    const double duration{static_cast<double>(load_.seconds())};
    outcome_.seconds = load_.seconds();
    outcome_.total_requests = load_.total_requests;
    outcome_.burst_cost_usd = static_cast<double>(outcome_.burst_seconds) * burst_usd_per_s_ +
                              static_cast<double>(outcome_.vm_seconds) * vm_usd_per_s_;
    outcome_.creates = burst_.creates();
    outcome_.failed_creates = burst_.failures();
    outcome_.vm_creates = machines_.creates();
    outcome_.under_accuracy /= duration;
    outcome_.over_accuracy /= duration;
    outcome_.under_timeshare /= duration;
    outcome_.over_timeshare /= duration;
    outcome_.instability /= std::max(1, outcome_.decisions - 1);
    outcome_.adaptations_per_day *= 86'400.0 / duration;
    return outcome_;
  }

  const Load& load_;
  const World& world_;
  Dice dice_;
  BurstPool burst_;
  MachinePool machines_;
  std::int64_t interval_s_;
  std::int64_t window_s_;
  std::int64_t delay_s_;
  double burst_usd_per_s_;
  double vm_usd_per_s_;
  double late_backlog_s_;
  double lost_backlog_s_;

  Snapshot snapshot_{};
  std::vector<Window> windows_{};
  Window window_{};
  std::int64_t window_age_s_{0};
  int shown_ready_{0};
  int shown_starting_{0};
  Supplied supplied_{};
  std::int64_t last_window_{-1};
  double backlog_{0.0};
  int last_supply_{0};
  int last_need_{0};
  PeriodMarks marks_{};
  double hour_begin_usd_{0.0};
  double day_begin_usd_{0.0};
  double month_begin_usd_{0.0};
  Outcome outcome_{};
};

}  // namespace

Outcome simulate(const Load& load, const World& world, const Run& run, const Decider& decide,
                 const Observer& observer) {
  return Simulation{load, world, run}.run(decide, observer);
}

Outcome simulate(const Load& load, const World& world, const Run& run, const DecisionPolicy& policy,
                 const Observer& observer) {
  History past{};
  const auto step{[&](const Snapshot& now) {
    Decided decided{spillway::decide(policy, now, std::move(past))};
    past = std::move(decided.next);
    return std::move(decided.decision);
  }};
  return simulate(load, world, run, step, observer);
}

}  // namespace spillway::backtest
