// `spillway tune`: searches a workload's policy settings on recorded loads, prints the front of
// cost against lateness with the part held out beside it, and the chosen settings as a difference
// to the config.
#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <map>
#include <memory>
#include <utility>

#include "controller/backtest/tuning.hpp"
#include "controller/cli/commands.hpp"
#include "controller/cli/played_world.hpp"
#include "controller/cli/table.hpp"
#include "controller/cli/tuning_page.hpp"
#include "policies/registry.hpp"

namespace json = boost::json;

namespace spillway::cli {
namespace {

using namespace backtest;

/// What is tuned: policies and how their count is smoothed.
struct Subject {
  std::string name{};
  settings::WorkloadConfig workload{};
};

std::optional<Subject> subject_of(const TuneRequest& request, const World& world) {
  if (!request.play.config.empty()) {
    auto found{workload_of(request.play.config, request.play.workload)};
    if (!found) return std::nullopt;
    return Subject{found->first, std::move(found->second)};
  }
  auto draft{draft_policy(request.policy)};
  if (!draft) {
    fmt::print(stderr, "spillway tune: no policy `{}`; --policy TYPE or --config FILE\n",
               request.policy);
    return std::nullopt;
  }
  Subject subject{.name = request.policy};
  subject.workload.policies.push_back(std::move(draft));
  subject.workload.limits.max_burst = world.burst.max_groups;
  subject.workload.behavior.scale_in.stabilization_window = Duration::zero();
  return subject;
}

/// A copy whose drafts are its own.
settings::WorkloadConfig own_copy(const settings::WorkloadConfig& workload) {
  settings::WorkloadConfig copy{workload};
  for (auto& draft : copy.policies) draft = draft->clone();
  return copy;
}

void describe_tuned(Fields& fields, settings::WorkloadConfig& workload, bool has_behavior) {
  for (std::size_t i{0}; i < workload.policies.size(); ++i) {
    PolicyDraft& draft{*workload.policies[i]};
    fields.section(
        fmt::format("policies[{}]", i), [&draft](Fields& inner) { draft.describe(inner); }, "");
  }
  if (!has_behavior) return;
  fields.section(
      "behavior", [&](Fields& inner) { describe(inner, workload.behavior); }, "");
}

/// Those whose name, or last part of it, is in the list; all if the list is empty.
std::vector<Knob> chosen_knobs(std::vector<Knob> knobs, const std::string& list) {
  if (list.empty()) return knobs;
  const std::string names{"," + list + ","};
  std::erase_if(knobs, [&](const Knob& knob) {
    const std::string last{knob.path.substr(knob.path.rfind('.') + 1)};
    return names.find("," + last + ",") == std::string::npos &&
           names.find("," + knob.path + ",") == std::string::npos;
  });
  return knobs;
}

std::map<std::string, double> values_by_path(const std::vector<Knob>& knobs,
                                             const std::vector<double>& values) {
  std::map<std::string, double> by_path;
  for (std::size_t i{0}; i < knobs.size(); ++i) {
    if (values[i] != knobs[i].value) by_path.emplace(knobs[i].path, values[i]);
  }
  return by_path;
}

/// Lines with `-` and `+`; empty if nothing changes.
std::string config_diff(const Subject& subject, const Tuning& tuning) {
  const Candidate& chosen{tuning.front[tuning.chosen]};
  std::string lines{};
  for (std::size_t i{0}; i < tuning.knobs.size(); ++i) {
    const Knob& knob{tuning.knobs[i]};
    if (chosen.values[i] == knob.value) continue;
    lines += fmt::format("-  {}: {}\n+  {}: {}\n", knob.path, written(knob, knob.value), knob.path,
                         written(knob, chosen.values[i]));
  }
  if (lines.empty()) return lines;
  return fmt::format("--- workloads.{}, as configured\n+++ workloads.{}, tuned\n{}", subject.name,
                     subject.name, lines);
}

std::vector<std::string> row_of(std::string mark, const Candidate& each) {
  return {std::move(mark),
          fmt::format("{:.2f}", each.seen.cost_usd),
          fmt::format("{:.2f}", 100.0 * each.seen.late_share),
          fmt::format("{:.2f}", each.seen.j30),
          fmt::format("{:.2f}", each.held_out.cost_usd),
          fmt::format("{:.2f}", 100.0 * each.held_out.late_share),
          fmt::format("{:.2f}", each.held_out.j30)};
}

std::string tuning_table(const Subject& subject, const Tuning& tuning) {
  std::string text{fmt::format("{}: {} settings searched; the front of cost against lateness\n",
                               subject.name, tuning.knobs.size())};
  Table table{{"", "COST USD", "LATE %", "J30", "HELD OUT: COST", "LATE %", "J30"}};
  table.add(row_of("configured", tuning.current));
  for (std::size_t i{0}; i < tuning.front.size(); ++i) {
    table.add(row_of(i == tuning.chosen ? "chosen" : "", tuning.front[i]));
  }
  text += table.to_text();
  if (!tuning.warning.empty()) text += fmt::format("\nwarning: {}\n", tuning.warning);
  const std::string diff{config_diff(subject, tuning)};
  text += diff.empty() ? "\nnothing found that is better than what is configured\n" : "\n" + diff;
  return text;
}

json::object judged_json(const backtest::Judged& judged) {
  return {{"late_share", judged.late_share}, {"burst_cost", judged.cost_usd}, {"j30", judged.j30}};
}

json::object candidate_json(const Tuning& tuning, const Candidate& each) {
  json::object settings{};
  for (std::size_t i{0}; i < tuning.knobs.size(); ++i) {
    settings[tuning.knobs[i].path] = written(tuning.knobs[i], each.values[i]);
  }
  return {{"settings", std::move(settings)},
          {"seen", judged_json(each.seen)},
          {"held_out", judged_json(each.held_out)}};
}

std::string tuning_json(const Subject& subject, const Tuning& tuning) {
  json::array front{};
  for (const Candidate& each : tuning.front) front.push_back(candidate_json(tuning, each));
  return json::serialize(json::object{{"workload", subject.name},
                                      {"configured", candidate_json(tuning, tuning.current)},
                                      {"front", std::move(front)},
                                      {"chosen", tuning.chosen},
                                      {"warning", tuning.warning},
                                      {"diff", config_diff(subject, tuning)}}) +
         "\n";
}

}  // namespace

int tune(const TuneRequest& request, Report report) {
  const auto world{world_of(request.play.world)};
  if (!world) return exit_usage;
  auto subject{subject_of(request, *world)};
  if (!subject) return exit_usage;
  const auto loads{loads_of(request.play, *world)};
  if (!loads) return exit_error;

  const bool has_behavior{!request.play.config.empty()};
  const auto knobs{chosen_knobs(
      find_knobs([&](Fields& fields) { describe_tuned(fields, subject->workload, has_behavior); }),
      request.settings)};
  if (knobs.empty()) {
    fmt::print(stderr, "spillway tune: no number among the settings{}\n",
               request.settings.empty() ? "" : " has one of these names: " + request.settings);
    return exit_usage;
  }
  const BuildWith build{[&](const std::vector<double>& values) {
    settings::WorkloadConfig copy{own_copy(subject->workload)};
    set_knobs([&](Fields& fields) { describe_tuned(fields, copy, has_behavior); },
              values_by_path(knobs, values));
    return settings::decision_policy(copy);
  }};
  const Tuning tuning{backtest::tune(*loads, *world, knobs, build,
                                     {.evaluations = request.evaluations,
                                      .seeds = request.play.seeds,
                                      .hold_out_share = request.hold_out_share},
                                     progress_bar())};
  const std::string text{report == Report::json ? tuning_json(*subject, tuning)
                         : report == Report::html
                             ? tuning_page(subject->name, tuning, config_diff(*subject, tuning))
                             : tuning_table(*subject, tuning)};
  return write_report(text, request.play.file);
}

}  // namespace spillway::cli
