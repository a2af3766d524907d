#include "controller/backtest/contest.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>

#include "policies/baseline/static_peak.hpp"

namespace spillway::backtest {
namespace {

/// Calls `work(i)` for i in [0, count) from several threads. The first exception ends all of them
/// and is thrown on.
template <class Work>
void on_all_cores(std::size_t count, unsigned threads, Work&& work) {
  std::atomic<std::size_t> next{0};
  std::exception_ptr failure{};
  std::mutex failing{};
  const auto go{[&] {
    for (std::size_t i{next++}; i < count; i = next++) {
      try {
        work(i);
      } catch (...) {
        const std::lock_guard lock{failing};
        if (!failure) failure = std::current_exception();
        next = count;
      }
    }
  }};
  if (threads == 0) threads = std::max(1U, std::thread::hardware_concurrency());
  {
    std::vector<std::jthread> pool;
    for (unsigned i{1}; i < threads && i < count; ++i) pool.emplace_back(go);
    go();
  }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace

ContestResult hold(const Contest& contest, const Progress& progress) {
  const std::size_t loads{contest.loads.size()};
  const std::size_t contenders{contest.contenders.size()};
  const auto seeds{static_cast<std::size_t>(std::max(1, contest.seeds))};
  ContestResult result{.optima = std::vector<Optimum>(loads)};
  // Jobs: an optimum for each load, then (contender, load, seed).
  std::vector<Outcome> outcomes(contenders * loads * seeds);
  const std::size_t jobs{loads + outcomes.size()};
  std::size_t done{0};
  std::mutex telling{};
  on_all_cores(jobs, contest.threads, [&](std::size_t job) {
    if (job < loads) {
      result.optima[job] = optimum(contest.loads[job], contest.world);
    } else {
      const std::size_t index{job - loads};
      const Contender& contender{contest.contenders[index / (loads * seeds)]};
      const Load& load{contest.loads[index / seeds % loads]};
      const DecisionPolicy policy{contender.build(load)};
      const Run run{.seed = index % seeds + 1,
                    .machines_at_start = machines_at_start(policy, load, contest.world)};
      outcomes[index] = simulate(load, contest.world, run, policy);
    }
    const std::lock_guard lock{telling};
    ++done;
    if (progress) progress(done, jobs);
  });
  for (std::size_t c{0}; c < contenders; ++c) {
    std::vector<Score>& row{result.scores.emplace_back()};
    for (std::size_t l{0}; l < loads; ++l) {
      const std::span<const Outcome> runs{outcomes.data() + (c * loads + l) * seeds, seeds};
      row.push_back(score(runs, result.optima[l], contest.world));
    }
  }
  return result;
}

int machines_at_start(const DecisionPolicy& policy, const Load& load, const World& world) {
  int replicas{0};
  for (const auto& each : policy.policies) {
    const auto* const peak{dynamic_cast<const StaticPeak*>(each.get())};
    if (peak != nullptr) replicas = std::max(replicas, peak->replicas() - load.base);
  }
  const int per_vm{std::max(1, world.cluster.replicas_per_vm)};
  return (replicas + per_vm - 1) / per_vm;
}

DecisionPolicy alone(std::unique_ptr<Policy> policy, const World& world) {
  DecisionPolicy decision{.limits = {.max_burst = world.burst.max_groups},
                          .replicas_per_vm = world.cluster.replicas_per_vm};
  decision.behavior.scale_in.stabilization_window = Duration::zero();
  decision.policies.push_back(std::move(policy));
  return decision;
}

}  // namespace spillway::backtest
