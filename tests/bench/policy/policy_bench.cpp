// How good policies are: every trace of a folder in the reference world, two seeds, beside the
// clairvoyant optimum. Prints the table of tests/bench/README.md. Without a folder it says so and
// ends with 77, which meson reports as skipped.
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <string>

#include "controller/backtest/contest.hpp"
#include "controller/cli/trace_files.hpp"
#include "tests/bench/measure.hpp"
#include "tests/bench/policy/contenders.hpp"
#include "tests/bench/policy/cross_validation.hpp"

namespace spillway::bench {
namespace {

using namespace backtest;

std::string factor(std::optional<double> value) {
  return value ? fmt::format("{:.2f}", *value) : "-";
}

/// `1.84`, or `1.84 (3)` where only three traces have a factor.
std::string mean_factor(std::optional<double> value, int loads, const Summary& sum) {
  if (!value || loads == sum.loads) return factor(value);
  return fmt::format("{:.2f} ({})", *value, loads);
}

void print_table(const Contest& contest, const ContestResult& result) {
  fmt::print("| policy | late (median) | ratio | J30 | creates/day | traces within 1 % of {} |\n",
             contest.loads.size());
  fmt::print("|---|---|---|---|---|---|\n");
  for (std::size_t c{0}; c < contest.contenders.size(); ++c) {
    const Summary sum{summarize(result.scores[c])};
    fmt::print("| {} | {:.2f} % ({:.2f}) | {} | {} | {:.0f} | {} |\n", contest.contenders[c].name,
               100.0 * sum.late_share_mean, 100.0 * sum.late_share_median,
               mean_factor(sum.ratio, sum.ratio_loads, sum),
               mean_factor(sum.j30, sum.j30_loads, sum), sum.creates_per_day, sum.within_1_percent);
  }
}

void print_traces(const Contest& contest, const ContestResult& result, std::size_t contender) {
  fmt::print("\n{}, late / ratio / J30 by trace:\n", contest.contenders[contender].name);
  for (std::size_t l{0}; l < contest.loads.size(); ++l) {
    const Score& score{result.scores[contender][l]};
    fmt::print("  {:18} {:6.2f} %  {:>6}  {:>6}\n", contest.loads[l].name, 100.0 * score.late_share,
               factor(score.ratio()), factor(score.j30()));
  }
}

/// Thirty days at the world's interval, one policy: the budget is 0.5 s.
void print_speed(const World& world) {
  LoadTrace trace{.name = "speed"};
  for (int minute{0}; minute < 30 * 24 * 60; ++minute) {
    trace.times.push_back(std::chrono::minutes{minute});
    trace.values.push_back(2.0 + (minute % 1440 > 600 ? 1.0 + 0.01 * (minute % 97) : 0.0));
  }
  const double began{processor_seconds()};
  const Load load{*prepare(trace, world)};
  const double prepared{processor_seconds()};
  const Optimum least{optimum(load, world)};
  const double solved{processor_seconds()};
  fmt::print("\n30 days at 15 s: load {:.2f} s, optimum {:.2f} s ({:.2f} USD)", prepared - began,
             solved - prepared, least.covering_usd);
  for (const Contender& contender : speed_contenders(world)) {
    const double start{processor_seconds()};
    const Outcome outcome{simulate(load, world, {1}, contender.build(load))};
    fmt::print(", {} {:.2f} s ({:.0f} creates)", contender.name, processor_seconds() - start,
               static_cast<double>(outcome.creates));
  }
  fmt::print("\n");
}

int run(const std::string& folder, int seeds) {
  const auto traces{cli::read_traces(folder, "")};
  if (!traces) {
    fmt::print(stderr, "{}\n", to_string(traces.error()));
    return 1;
  }
  Contest contest{.seeds = seeds};
  contest.contenders = contenders(contest.world);
  for (const LoadTrace& trace : *traces) {
    auto load{prepare(trace, contest.world)};
    if (!load) {
      fmt::print(stderr, "{}\n", to_string(load.error()));
      return 1;
    }
    contest.loads.push_back(std::move(*load));
  }
  const ContestResult result{hold(contest)};
  print_table(contest, result);
  for (std::size_t c{0}; c < contest.contenders.size(); ++c) {
    if (is_ours(contest.contenders[c].name)) print_traces(contest, result, c);
  }
  print_cross_validation(contest, seeds);
  print_speed(contest.world);
  return 0;
}

}  // namespace
}  // namespace spillway::bench

int main(int argc, char** argv) {
  const std::string folder{argc > 1 ? argv[1] : ""};
  if (folder.empty() || !std::filesystem::is_directory(folder)) {
    std::fprintf(stderr, "SKIPPED: no folder of traces; name one: policy_bench FOLDER [SEEDS]\n");
    return 77;
  }
  return spillway::bench::run(folder, argc > 2 ? std::stoi(argv[2]) : 2);
}
