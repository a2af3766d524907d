#include <fmt/format.h>

#include <algorithm>

#include "controller/cli/backtest_report.hpp"
#include "controller/cli/table.hpp"

namespace spillway::cli {
namespace {

using namespace backtest;

std::string factor(std::optional<double> value) {
  return value ? fmt::format("{:.2f}", *value) : "-";
}

/// `1.84`, or `1.84 (of 3)` where not all loads have a factor.
std::string mean_factor(std::optional<double> value, int loads, const Summary& sum) {
  if (!value || loads == sum.loads) return factor(value);
  return fmt::format("{:.2f} (of {})", *value, loads);
}

std::string duration_words(double days) {
  return days >= 2.0 ? fmt::format("{:.1f} days", days) : fmt::format("{:.1f} hours", 24.0 * days);
}

void add_trace(std::string& text, const BacktestFindings& findings, std::size_t l) {
  const Load& load{findings.contest.loads[l]};
  const Optimum& optimum{findings.result.optima[l]};
  const int peak{*std::max_element(load.need.begin(), load.need.end())};
  text += fmt::format(
      "{}: {}, a cluster of {} replicas, up to {} needed; the best possible costs {}, at "
      "{:.4f} USD an hour for a burst replica\n",
      load.name, duration_words(load.seconds() / 86'400.0), load.base, peak,
      to_string(usd(optimum.covering_usd)),
      burst_price(findings.contest.world.burst).per_hour.usd());
  Table table{{"POLICY", "LATE %", "COST USD", "X BEST", "J30", "CREATES/DAY", "UNDER %", "OVER %",
               "INSTABILITY"}};
  for (std::size_t c{0}; c < findings.contest.contenders.size(); ++c) {
    const Score& score{findings.result.scores[c][l]};
    table.add({findings.contest.contenders[c].name, fmt::format("{:.2f}", 100.0 * score.late_share),
               fmt::format("{:.2f}", score.burst_cost_usd), factor(score.ratio()),
               factor(score.j30()), fmt::format("{:.0f}", score.creates_per_day()),
               fmt::format("{:.1f}", 100.0 * score.under_timeshare),
               fmt::format("{:.1f}", 100.0 * score.over_timeshare),
               fmt::format("{:.3f}", score.instability)});
  }
  text += table.to_text();
}

void add_summary(std::string& text, const BacktestFindings& findings) {
  text += fmt::format("\nall {} traces (late: mean; factors: geometric mean)\n",
                      findings.contest.loads.size());
  bool is_partial{false};
  Table table{{"POLICY", "LATE %", "MEDIAN", "X BEST", "J30", "CREATES/DAY", "WITHIN 1 %"}};
  for (std::size_t c{0}; c < findings.contest.contenders.size(); ++c) {
    const Summary sum{summarize(findings.result.scores[c])};
    table.add(
        {findings.contest.contenders[c].name, fmt::format("{:.2f}", 100.0 * sum.late_share_mean),
         fmt::format("{:.2f}", 100.0 * sum.late_share_median),
         mean_factor(sum.ratio, sum.ratio_loads, sum), mean_factor(sum.j30, sum.j30_loads, sum),
         fmt::format("{:.0f}", sum.creates_per_day), fmt::format("{}", sum.within_1_percent)});
    is_partial = is_partial || sum.ratio_loads < sum.loads || sum.j30_loads < sum.loads;
  }
  text += table.to_text();
  if (!is_partial) return;
  text += fmt::format(
      "(of N): the mean over N of the {} traces; in the others nothing was spent, or the best "
      "possible is free\n",
      findings.contest.loads.size());
}

void add_verdict(std::string& text, const BacktestFindings& findings) {
  const Score& score{findings.result.scores.front().front()};
  const std::string& name{findings.contest.contenders.front().name};
  const auto ratio{score.ratio()};
  if (!ratio) {
    text += fmt::format("\n{}: this load needs no burst at all, and {:.2f} USD were paid\n", name,
                        score.burst_cost_usd);
    return;
  }
  text += fmt::format(
      "\n{}: you would have paid {:.1f} x the best possible, with {:.2f} % of the "
      "requests late\n",
      name, *ratio, 100.0 * score.late_share);
}

}  // namespace

std::string report_table(const BacktestFindings& findings) {
  std::string text{};
  for (std::size_t l{0}; l < findings.contest.loads.size(); ++l) {
    if (l > 0) text += "\n";
    add_trace(text, findings, l);
  }
  if (findings.contest.loads.size() > 1) {
    add_summary(text, findings);
  } else {
    add_verdict(text, findings);
  }
  return text;
}

}  // namespace spillway::cli
