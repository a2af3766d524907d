// `spillway backtest`: what policies would have done with a recorded load, and what it would have
// cost, beside the best that anybody could have done who knew the future.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>
#include <utility>

#include "controller/cli/backtest_report.hpp"
#include "controller/cli/commands.hpp"
#include "controller/cli/contender_text.hpp"
#include "controller/cli/loaded_config.hpp"
#include "controller/cli/trace_files.hpp"
#include "controller/io/atomic_file.hpp"
#include "controller/settings/load_section.hpp"

namespace spillway::cli {
namespace {

using backtest::Contender;
using backtest::Contest;
using backtest::World;

int complain(const std::string& words, int code) {
  fmt::print(stderr, "spillway backtest: {}\n", words);
  return code;
}

std::optional<World> world_of(const std::string& name) {
  World world{};
  if (name == "reference") return world;
  const auto errors{settings::load_section(
      name, [&world](Fields& fields) { describe(fields, world); }, settings::ProcessEnvironment{})};
  if (errors.empty()) return world;
  fmt::print(stderr, "{}\n", settings::to_string(errors));
  return std::nullopt;
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
std::optional<Contender> from_config(const BacktestRequest& request) {
  auto config{load_or_complain(request.config)};
  if (!config) return std::nullopt;
  std::string name{request.workload};
  if (name.empty() && config->workloads.size() == 1) name = config->workloads.begin()->first;
  const auto found{config->workloads.find(name)};
  if (found == config->workloads.end()) {
    complain(name.empty() ? "the config has several workloads: name one with --workload"
                          : fmt::format("{}: no workload `{}`", request.config, name),
             exit_usage);
    return std::nullopt;
  }
  const auto workload{std::make_shared<const settings::WorkloadConfig>(found->second)};
  warn_of_signals(settings::decision_policy(*workload), name);
  return Contender{.name = name, .build = [workload](const backtest::Load&) {
                     return settings::decision_policy(*workload);
                   }};
}

/// The bar on a terminal; nothing elsewhere.
backtest::Progress progress_bar() {
  if (isatty(STDERR_FILENO) == 0) return {};
  return [](std::size_t done, std::size_t all) {
    constexpr std::size_t width{30};
    const std::size_t filled{width * done / all};
    fmt::print(stderr, "\r[{:#<{}}{: <{}}] {}/{}{}", "", filled, "", width - filled, done, all,
               done == all ? "\r\x1b[K" : "");
    std::fflush(stderr);
  };
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
      const int machines{contender.machines_at_start ? contender.machines_at_start(load) : 0};
      backtest::simulate(load, contest.world, {.seed = 1, .machines_at_start = machines},
                         contender.build(load),
                         [&timeline](const backtest::Interval& interval, const Decision& decision) {
                           timeline.add(interval, decision);
                         });
      row.push_back(std::move(timeline).finish());
    }
  }
}

int write_report(const std::string& text, const std::string& file) {
  if (file.empty()) {
    std::fwrite(text.data(), 1, text.size(), stdout);
    return exit_ok;
  }
  const auto written{io::write_file_atomically(file, text, 0644)};
  if (!written) return complain(to_string(written.error()), exit_error);
  fmt::print(stderr, "written: {}\n", file);
  return exit_ok;
}

}  // namespace

int backtest(const BacktestRequest& request, Report report) {
  const auto world{world_of(request.world)};
  if (!world) return exit_usage;
  BacktestFindings findings{.world_name = request.world};
  Contest& contest{findings.contest};
  contest.world = *world;
  contest.seeds = request.seeds;
  if (!request.config.empty()) {
    auto own{from_config(request)};
    if (!own) return exit_usage;
    contest.contenders.push_back(std::move(*own));
  }
  const bool has_default{request.config.empty() && draft_policy("auto") != nullptr};
  auto others{contenders_of(has_default ? "auto," + request.against : request.against, *world)};
  if (!others) return complain(others.error().context, exit_usage);
  std::ranges::move(*others, std::back_inserter(contest.contenders));
  if (contest.contenders.empty())
    return complain("nobody to play: --config or --against", exit_usage);

  const auto traces{read_traces(request.trace, request.column)};
  if (!traces) return complain(traces.error().context, exit_error);
  for (const backtest::LoadTrace& trace : *traces) {
    auto load{backtest::prepare(trace, *world)};
    if (!load) return complain(load.error().context, exit_error);
    contest.loads.push_back(std::move(*load));
  }
  findings.result = backtest::hold(contest, progress_bar());
  if (report == Report::html) record_timelines(findings);
  const std::string text{report == Report::json   ? report_json(findings)
                         : report == Report::html ? report_page(findings)
                                                  : report_table(findings)};
  return write_report(text, request.file);
}

}  // namespace spillway::cli
