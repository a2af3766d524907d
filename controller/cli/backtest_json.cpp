#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <optional>

#include "controller/cli/backtest_report.hpp"

namespace json = boost::json;

namespace spillway::cli {
namespace {

using namespace backtest;

json::value number_or_null(std::optional<double> value) {
  return value ? json::value(*value) : json::value(nullptr);
}

json::object score_json(const Score& score) {
  return {{"late_share", score.late_share},
          {"dropped_share", score.dropped_share},
          {"burst_cost", score.burst_cost_usd},
          {"optimum_cost", score.optimum_cost_usd},
          {"ratio", number_or_null(score.ratio())},
          {"j30", number_or_null(score.j30())},
          {"creates", score.creates},
          {"failed_creates", score.failed_creates},
          {"vm_creates", score.vm_creates},
          {"creates_per_day", score.creates_per_day()},
          {"under_accuracy", score.under_accuracy},
          {"under_timeshare", score.under_timeshare},
          {"over_accuracy", score.over_accuracy},
          {"over_timeshare", score.over_timeshare},
          {"instability", score.instability},
          {"adaptations_per_day", score.adaptations_per_day}};
}

json::object summary_json(const std::string& policy, const Summary& sum) {
  return {{"policy", policy},
          {"late_share_mean", sum.late_share_mean},
          {"late_share_median", sum.late_share_median},
          {"ratio", number_or_null(sum.ratio)},
          {"ratio_traces", sum.ratio_loads},
          {"j30", number_or_null(sum.j30)},
          {"j30_traces", sum.j30_loads},
          {"creates_per_day", sum.creates_per_day},
          {"traces", sum.loads},
          {"traces_within_1_percent", sum.within_1_percent}};
}

json::object trace_json(const BacktestFindings& findings, std::size_t l) {
  const Load& load{findings.contest.loads[l]};
  json::array policies{};
  for (std::size_t c{0}; c < findings.contest.contenders.size(); ++c) {
    json::object one{{"policy", findings.contest.contenders[c].name}};
    const json::object figures{score_json(findings.result.scores[c][l])};
    for (const auto& figure : figures) one.insert(figure);
    policies.push_back(std::move(one));
  }
  return {{"trace", load.name},
          {"seconds", load.seconds()},
          {"begins",
           load.begins == world_begin ? json::value(nullptr) : json::value(to_string(load.begins))},
          {"interpolated_s", load.interpolated_s},
          {"base_replicas", load.base},
          {"peak_need", *std::max_element(load.need.begin(), load.need.end())},
          {"optimum_cost", findings.result.optima[l].covering_usd},
          {"policies", std::move(policies)}};
}

}  // namespace

std::string report_json(const BacktestFindings& findings) {
  json::object document{{"world", findings.world_name}, {"seeds", findings.contest.seeds}};
  if (findings.contest.loads.size() == 1) {
    document["policy"] = findings.contest.contenders.front().name;
    const json::object figures{score_json(findings.result.scores.front().front())};
    for (const auto& figure : figures) document.insert(figure);
  }
  json::array traces{};
  for (std::size_t l{0}; l < findings.contest.loads.size(); ++l) {
    traces.push_back(trace_json(findings, l));
  }
  json::array summaries{};
  for (std::size_t c{0}; c < findings.contest.contenders.size(); ++c) {
    summaries.push_back(
        summary_json(findings.contest.contenders[c].name, summarize(findings.result.scores[c])));
  }
  document["traces"] = std::move(traces);
  document["summary"] = std::move(summaries);
  return json::serialize(document) + "\n";
}

}  // namespace spillway::cli
