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
#include "controller/cli/config_patch.hpp"
#include "controller/cli/contender_text.hpp"
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
  auto draft{draft_in_world("--policy " + request.policy, request.policy, "", world)};
  if (!draft) {
    fmt::print(stderr, "spillway tune: {}\n", draft.error().context);
    return std::nullopt;
  }
  Subject subject{.name = request.policy};
  subject.workload.policies.push_back(std::move(*draft));
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

/// The knob's policy and its path from there: `policies[0].vm.start` is `vm.start` of the first.
bool is_fact_of(const settings::WorkloadConfig& workload, const Knob& knob) {
  for (std::size_t i{0}; i < workload.policies.size(); ++i) {
    const std::string prefix{fmt::format("policies[{}].", i)};
    if (!knob.path.starts_with(prefix)) continue;
    return is_fact(workload.policies[i]->type(), knob.path.substr(prefix.size()));
  }
  return false;
}

struct Knobs {
  std::vector<Knob> searched{};
  std::string left_alone{};  ///< names of facts and promises
};

/// Those whose name, or last part of it, is in the list; all but facts if the list is empty.
Knobs chosen_knobs(std::vector<Knob> all, const std::string& list,
                   const settings::WorkloadConfig& workload) {
  Knobs knobs{};
  const std::string names{"," + list + ","};
  for (Knob& knob : all) {
    const std::string last{knob.path.substr(knob.path.rfind('.') + 1)};
    const bool is_named{names.find("," + last + ",") != std::string::npos ||
                        names.find("," + knob.path + ",") != std::string::npos};
    if (is_named || (list.empty() && !is_fact_of(workload, knob))) {
      knobs.searched.push_back(std::move(knob));
    } else if (list.empty()) {
      knobs.left_alone += (knobs.left_alone.empty() ? "" : ", ") + knob.path;
    }
  }
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

/// Lines with `-` and `+`; empty if nothing is proposed.
std::string settings_diff(const Subject& subject, const Tuning& tuning) {
  const Candidate& chosen{tuning.front[tuning.chosen]};
  std::string lines{};
  for (std::size_t i{0}; tuning.is_better && i < tuning.knobs.size(); ++i) {
    const Knob& knob{tuning.knobs[i]};
    if (chosen.values[i] == knob.value) continue;
    lines += fmt::format("-  {}: {}\n+  {}: {}\n", knob.path, written(knob, knob.value), knob.path,
                         written(knob, chosen.values[i]));
  }
  if (lines.empty()) return lines;
  return fmt::format("--- workloads.{}, as configured\n+++ workloads.{}, tuned\n{}", subject.name,
                     subject.name, lines);
}

/// The same as a patch of the config file; the settings by name if it cannot be written into that
/// file (it includes another one, or has aliases), or if there is no file.
std::string config_diff(const TuneRequest& request, const Subject& subject, const Tuning& tuning) {
  std::string by_name{settings_diff(subject, tuning)};
  if (by_name.empty() || request.play.config.empty()) return by_name;
  std::map<std::string, std::string> values{};
  for (std::size_t i{0}; i < tuning.knobs.size(); ++i) {
    const double value{tuning.front[tuning.chosen].values[i]};
    if (value != tuning.knobs[i].value) {
      values.emplace(tuning.knobs[i].path, written(tuning.knobs[i], value));
    }
  }
  const auto patch{config_patch(request.play.config, subject.name, values)};
  return patch ? *patch
               : "# not a patch: the workload is not written in this file in a way that can be "
                 "edited\n" +
                     by_name;
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

/// The difference, or why there is none.
std::string proposal(const std::string& diff) {
  if (!diff.empty()) return diff;
  return "nothing proposed: of the front nothing has a lower J30 than what is configured, both "
         "where it was chosen and on the part held out\n";
}

std::string tuning_table(const Subject& subject, const Tuning& tuning, const Knobs& knobs,
                         const std::string& diff) {
  const auto counted{[](std::size_t count, std::string_view thing) {
    return fmt::format("{} {}{}", count, thing, count == 1 ? "" : "s");
  }};
  std::string text{fmt::format("{}: {} of {} tried; the front of cost against lateness\n",
                               subject.name, counted(tuning.tried, "combination"),
                               counted(tuning.knobs.size(), "setting"))};
  if (!knobs.left_alone.empty()) {
    text += fmt::format("facts and promises are left alone unless --settings names them: {}\n",
                        knobs.left_alone);
  }
  Table table{{"", "COST USD", "LATE %", "J30", "HELD OUT: COST", "LATE %", "J30"}};
  table.add(row_of("configured", tuning.current));
  const std::string chosen{tuning.is_better ? "chosen" : "best seen"};
  for (std::size_t i{0}; i < tuning.front.size(); ++i) {
    table.add(row_of(i == tuning.chosen ? chosen : "", tuning.front[i]));
  }
  text += table.to_text();
  if (!tuning.warning.empty()) text += fmt::format("\nwarning: {}\n", tuning.warning);
  return text + "\n" + proposal(diff);
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

std::string tuning_json(const Subject& subject, const Tuning& tuning, const std::string& diff) {
  json::array front{};
  for (const Candidate& each : tuning.front) front.push_back(candidate_json(tuning, each));
  return json::serialize(json::object{{"workload", subject.name},
                                      {"configured", candidate_json(tuning, tuning.current)},
                                      {"front", std::move(front)},
                                      {"chosen", tuning.chosen},
                                      {"is_better", tuning.is_better},
                                      {"warning", tuning.warning},
                                      {"diff", diff}}) +
         "\n";
}

}  // namespace

int tune(const TuneRequest& request, Report report) {
  const auto world{world_of(request.play)};
  if (!world) return exit_usage;
  auto subject{subject_of(request, *world)};
  if (!subject) return exit_usage;
  const auto loads{loads_of(request.play, *world)};
  if (!loads) return exit_error;

  const bool has_behavior{!request.play.config.empty()};
  const Knobs knobs{chosen_knobs(
      find_knobs([&](Fields& fields) { describe_tuned(fields, subject->workload, has_behavior); }),
      request.settings, subject->workload)};
  if (knobs.searched.empty()) {
    fmt::print(stderr, "spillway tune: no number among the settings{}\n",
               !request.settings.empty() ? " has one of these names: " + request.settings
               : knobs.left_alone.empty()
                   ? ""
                   : " but facts and promises; name with --settings: " + knobs.left_alone);
    return exit_usage;
  }
  const BuildWith build{[&](const std::vector<double>& values) {
    settings::WorkloadConfig copy{own_copy(subject->workload)};
    set_knobs([&](Fields& fields) { describe_tuned(fields, copy, has_behavior); },
              values_by_path(knobs.searched, values));
    DecisionPolicy policy{settings::decision_policy(copy)};
    policy.replicas_per_vm = world->cluster.replicas_per_vm;
    return policy;
  }};
  const Tuning tuning{backtest::tune(*loads, *world, knobs.searched, build,
                                     {.evaluations = request.evaluations,
                                      .seeds = request.play.seeds,
                                      .hold_out_share = request.hold_out_share},
                                     progress_bar())};
  const std::string diff{config_diff(request, *subject, tuning)};
  const std::string text{report == Report::json ? tuning_json(*subject, tuning, diff)
                         : report == Report::html
                             ? tuning_page(subject->name, tuning, proposal(diff))
                             : tuning_table(*subject, tuning, knobs, diff)};
  return write_report(text, request.play.file);
}

}  // namespace spillway::cli
