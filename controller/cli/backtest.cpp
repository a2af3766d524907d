// `spillway backtest`: what policies would have done with a recorded load, and what it would have
// cost, beside the best that anybody could have done who knew the future.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>
#include <utility>

#include "controller/cli/backtest_report.hpp"
#include "controller/cli/commands.hpp"
#include "controller/cli/contender_text.hpp"
#include "controller/cli/played_world.hpp"

namespace spillway::cli {
namespace {

using backtest::Contender;
using backtest::Contest;

int refuse_play(const std::string& words, int code) {
  fmt::print(stderr, "spillway backtest: {}\n", words);
  return code;
}

/// Says which signals a policy reads that no backtest provides.
void warn_of_signals(const DecisionPolicy& policy, const std::string& workload) {
  constexpr std::array played{signal::load, signal::utilization, signal::queue, signal::late};
  for (const auto& each : policy.policies) {
    for (const std::string& name : each->signals()) {
      if (std::ranges::find(played, name) != played.end()) continue;
      fmt::print(stderr, "{}: policy {} reads `{}`, which a backtest does not play: it holds\n",
                 workload, each->name(), name);
    }
  }
}

/// The workload's own policies with its own limits and behavior.
std::optional<Contender> from_config(const BacktestRequest& request, const backtest::World& world) {
  auto found{workload_of(request.play.config, request.play.workload)};
  if (!found) return std::nullopt;
  const auto workload{std::make_shared<const settings::WorkloadConfig>(std::move(found->second))};
  warn_of_signals(settings::decision_policy(*workload), found->first);
  const int per_vm{world.cluster.replicas_per_vm};
  return Contender{.name = found->first, .build = [workload, per_vm](const backtest::Load&) {
                     DecisionPolicy policy{settings::decision_policy(*workload)};
                     policy.replicas_per_vm = per_vm;
                     return policy;
                   }};
}

/// Plays seed 1 again with a recorder, for the plots.
void record_timelines(BacktestFindings& findings) {
  const Contest& contest{findings.contest};
  const double interval_s{seconds(contest.world.observed.interval)};
  for (const backtest::Load& load : contest.loads) {
    auto& row{findings.timelines.emplace_back()};
    for (const Contender& contender : contest.contenders) {
      const auto intervals{static_cast<std::size_t>(load.seconds() / interval_s) + 1};
      backtest::Timeline timeline{intervals, interval_s};
      const DecisionPolicy policy{contender.build(load)};
      const int machines{backtest::machines_at_start(policy, load, contest.world)};
      backtest::simulate(load, contest.world, {.seed = 1, .machines_at_start = machines}, policy,
                         [&timeline](const backtest::Interval& interval, const Decision& decision) {
                           timeline.add(interval, decision);
                         });
      row.push_back(std::move(timeline).finish());
    }
  }
}

}  // namespace

int backtest(const BacktestRequest& request, Report report) {
  const auto world{world_of(request.play)};
  if (!world) return exit_usage;
  BacktestFindings findings{.world_name = request.play.world};
  Contest& contest{findings.contest};
  contest.world = *world;
  contest.seeds = request.play.seeds;
  if (!request.play.config.empty()) {
    auto own{from_config(request, *world)};
    if (!own) return exit_usage;
    contest.contenders.push_back(std::move(*own));
  }
  const bool has_default{request.play.config.empty() && draft_policy("auto") != nullptr};
  for (const std::string& text : {std::string{has_default ? "auto" : ""}, request.against}) {
    auto others{contenders_of(text, *world)};
    if (!others) return refuse_play(others.error().context, exit_usage);
    std::ranges::move(*others, std::back_inserter(contest.contenders));
  }
  if (contest.contenders.empty())
    return refuse_play("nobody to play: --config or --against", exit_usage);

  auto loads{loads_of(request.play, *world)};
  if (!loads) return exit_error;
  contest.loads = std::move(*loads);
  findings.result = backtest::hold(contest, progress_bar());
  if (report == Report::html) record_timelines(findings);
  const std::string text{report == Report::json   ? report_json(findings)
                         : report == Report::html ? report_page(findings)
                                                  : report_table(findings)};
  return write_report(text, request.play.file);
}

}  // namespace spillway::cli
