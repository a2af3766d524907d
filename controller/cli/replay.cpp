// `spillway explain --replay`: decides again what the journal holds, from the journal alone, shows
// whether the result is the same bit for bit, and what would have been decided without each policy:
// had it been absent for a while, since what it wanted before still acts through the history.
// Reads the state directory; needs no running controller and disturbs none.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cstdio>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "controller/cli/commands.hpp"
#include "controller/cli/lead_up.hpp"
#include "controller/cli/loaded_config.hpp"
#include "controller/cli/readable_state.hpp"
#include "controller/core/planner.hpp"
#include "controller/settings/environment.hpp"
#include "controller/settings/load_config.hpp"
#include "policies/replay.hpp"
#include "policies/shadow.hpp"

namespace json = boost::json;

namespace spillway::cli {
namespace {

/// How a workload decided under one version of its settings.
struct Policies {
  DecisionPolicy acting{};
  std::optional<DecisionPolicy> shadow{};
  Duration shadow_wait{};  ///< what a request may wait before the shadow's record counts it as late
  std::string trouble{};   ///< why they cannot be built; empty if they can
};

struct Replayed {
  const JournalEntry& entry;
  std::vector<std::string> differences{};
  bool is_imagined{false};                  ///< the counterfactuals are known
  std::optional<TimePoint> absent_since{};  ///< nothing: at this decision alone
  std::vector<Counterfactual> counterfactuals{};
};

Policies read_policies(Store& store, const std::string& hash) {
  const auto text{store.settings(hash)};
  if (!text) return {.trouble = "its settings are not there: " + to_string(text.error())};
  const settings::ProcessEnvironment environment{};
  const auto loaded{settings::parse_workload(*text, "settings " + hash, environment)};
  if (const auto* errors{std::get_if<std::vector<settings::ConfigError>>(&loaded)}) {
    return {.trouble =
                "its settings cannot be read any more: " + settings::to_string(errors->front())};
  }
  const auto& workload{std::get<settings::WorkloadConfig>(loaded)};
  return {.acting = settings::decision_policy(workload),
          .shadow = settings::shadow_policy(workload),
          .shadow_wait = workload.shadow.wait};
}

/// What the shadow decides, and how its record goes on.
void replay_shadow(const JournalEntry& entry, const Policies& policies, const Decided& acting,
                   std::vector<std::string>& found) {
  const Snapshot& now{entry.snapshot};
  const ShadowTick& was{*entry.shadow};
  const Decided again{decide_again(*policies.shadow, now, was.past, was.decision)};
  for (const std::string& each : differences(again.decision, was.decision)) {
    found.push_back("shadow " + each);
  }
  if (!was.before) return;  // a journal of an older version
  if (with_tick(*was.before, now, acting, again, policies.shadow_wait) != was.record) {
    found.emplace_back("shadow record: cost or lateness of the acting policies or of the shadow");
  }
}

/// What the absence of one thing would have changed, had it begun with `led_up`.
void imagine(Replayed& replayed, const std::vector<JournalEntry>& led_up, const Policies& policies,
             const Decision& again) {
  std::vector<JournalledTick> ticks{};
  ticks.reserve(led_up.size() + 1);
  for (const JournalEntry& each : led_up) {
    ticks.push_back({each.snapshot, each.past, each.decision});
  }
  const JournalEntry& entry{replayed.entry};
  ticks.push_back({entry.snapshot, entry.past, entry.decision});
  replayed.is_imagined = true;
  if (!led_up.empty()) replayed.absent_since = led_up.front().at;
  for (Counterfactual& each : counterfactuals(policies.acting, ticks)) {
    if (each.decision.desired == again.desired && each.decision.burst == again.burst) continue;
    replayed.counterfactuals.push_back(std::move(each));
  }
}

/// Everything of the entry that can be computed from the rest of it, and from those before it.
Replayed replay(const JournalEntry& entry, const std::vector<JournalEntry>& led_up,
                const Policies& policies) {
  Replayed replayed{.entry = entry};
  if (!policies.trouble.empty()) {
    replayed.differences.push_back(policies.trouble);
    return replayed;
  }
  const Snapshot& now{entry.snapshot};
  const Decided decided{decide_again(policies.acting, now, entry.past, entry.decision)};
  const Decision& again{decided.decision};
  replayed.differences = differences(again, entry.decision);
  if (plan_burst(entry.decision, now.fleet, entry.offers, entry.plan_limits) != entry.plan) {
    replayed.differences.emplace_back("plan");
  }
  if (entry.shadow && policies.shadow) {
    replay_shadow(entry, policies, decided, replayed.differences);
  }
  imagine(replayed, led_up, policies, again);
  return replayed;
}

/// What the counterfactuals are about.
std::string subject_of(const Replayed& replayed) {
  const std::string when{replayed.absent_since
                             ? fmt::format("since {}, with the readings and the fleet as they were",
                                           to_string(*replayed.absent_since))
                             : std::string{"at this decision alone, with the history as it was"}};
  return replayed.counterfactuals.empty()
             ? fmt::format("no policy, behavior or limit, absent {}, makes a difference", when)
             : fmt::format("if one thing had been absent {}:", when);
}

void print(const Replayed& replayed) {
  const JournalEntry& entry{replayed.entry};
  const Decision& was{entry.decision};
  fmt::print("{}  {}  #{}  {}\n", to_string(entry.at), entry.workload, entry.id,
             replayed.differences.empty() ? "replayed: equal" : "replayed: DIFFERENT");
  fmt::print("    {}\n", summary(was));
  for (const std::string& each : replayed.differences) fmt::print("    ! {}\n", each);
  if (replayed.is_imagined) fmt::print("    {}\n", subject_of(replayed));
  for (const Counterfactual& each : replayed.counterfactuals) {
    fmt::print("      without {}: desired {} ({:+}), burst {} ({:+}){}\n", each.without,
               each.decision.desired.count, (each.decision.desired - was.desired).count,
               each.decision.burst.count, (each.decision.burst - was.burst).count,
               each.decision.because == Because::no_opinion
                   ? "; nobody else asks for a count, and so it is held"
                   : "");
  }
  if (entry.shadow) {
    const Decision& shadow{entry.shadow->decision};
    fmt::print("    shadow: desired {} ({:+}), burst {} ({:+})\n", shadow.desired.count,
               (shadow.desired - was.desired).count, shadow.burst.count,
               (shadow.burst - was.burst).count);
  }
}

json::object json_of(const Replayed& replayed) {
  const JournalEntry& entry{replayed.entry};
  json::object one{{"id", entry.id},
                   {"at", to_string(entry.at)},
                   {"workload", entry.workload},
                   {"equal", replayed.differences.empty()},
                   {"desired", entry.decision.desired.count},
                   {"burst", entry.decision.burst.count}};
  json::array found{};
  for (const std::string& each : replayed.differences) found.emplace_back(each);
  one["differences"] = std::move(found);
  json::array without{};
  for (const Counterfactual& each : replayed.counterfactuals) {
    without.push_back(json::object{{"without", each.without},
                                   {"desired", each.decision.desired.count},
                                   {"burst", each.decision.burst.count},
                                   {"because", std::string{to_string(each.decision.because)}}});
  }
  one["absent_since"] =
      replayed.absent_since ? json::value(to_string(*replayed.absent_since)) : json::value();
  one["counterfactuals"] = std::move(without);
  return one;
}

/// The entries that are asked for; of an instant, each workload's last one that is not after it.
Result<std::vector<JournalEntry>> entries_of(Store& store, const settings::Config& config,
                                             const ExplainRequest& request) {
  JournalQuery query{.workload = request.workload, .limit = request.limit};
  if (request.id > 0) query.id = request.id;
  if (!request.at) return store.journal(query);
  query.until = *request.at + Duration{1};
  query.limit = 1;
  std::vector<JournalEntry> entries{};
  std::vector<std::string> names{};
  if (!request.workload.empty()) names.push_back(request.workload);
  for (const auto& [name, workload] : config.workloads) {
    if (request.workload.empty()) names.push_back(name);
  }
  for (std::string& name : names) {
    query.workload = std::move(name);
    auto found{store.journal(query)};
    if (!found) return found.error();
    std::ranges::move(*found, std::back_inserter(entries));
  }
  return entries;
}

/// The first decision that the journal still has of what `newest` is the last of: by halving, since
/// a query gives the newest.
Result<JournalEntry> oldest(Store& store, const std::string& workload, JournalEntry newest) {
  TimePoint without{newest.at - std::chrono::years{20}};  // more than is ever kept
  while (newest.at - without > Duration{std::chrono::seconds{1}}) {
    const TimePoint middle{without + (newest.at - without) / 2};
    auto found{store.journal({.workload = workload, .until = middle, .limit = 1})};
    if (!found) return found.error();
    if (found->empty()) {
      without = middle;
    } else {
      newest = std::move(found->front());
    }
  }
  return newest;
}

/// Why there is nothing to replay, and what there is.
Error nothing_to_replay(Store& store, const settings::Config& config,
                        const ExplainRequest& request) {
  const auto any{store.journal({.limit = 1})};
  if (!any) return any.error();
  if (any->empty()) {
    return {Errc::not_found, fmt::format("the journal in {} is empty: nothing was decided yet",
                                         config.state.directory)};
  }
  const auto own{store.journal({.workload = request.workload, .limit = 1})};
  if (!own) return own.error();
  if (own->empty()) {
    std::vector<std::string_view> names{};
    for (const auto& [name, workload] : config.workloads) names.push_back(name);
    return {Errc::not_found,
            fmt::format("the journal has no decision of a workload \"{}\"; the config has {}",
                        request.workload, fmt::join(names, ", "))};
  }
  const auto first{oldest(store, request.workload, own->front())};
  if (!first) return first.error();
  const bool is_any{request.workload.empty()};
  const std::string missing{request.at
                                ? fmt::format("nothing of {} was decided by {}",
                                              is_any ? "the config's workloads" : request.workload,
                                              to_string(*request.at))
                                : fmt::format("no decision{} has the number {}",
                                              is_any ? "" : " of " + request.workload, request.id)};
  return {Errc::not_found,
          fmt::format("{}; the journal has #{} of {} to #{} of {}", missing, first->id,
                      to_string(first->at), own->front().id, to_string(own->front().at))};
}

int refuse_replay(const Error& error) {
  fmt::print(stderr, "spillway: {}\n", to_string(error));
  return exit_error;
}

}  // namespace

int replay(const std::string& config_path, const ExplainRequest& request, Output output) {
  const auto config{load_or_complain(config_path)};
  if (!config) return exit_usage;
  auto store{open_to_read(config->state.directory)};
  if (!store) return refuse_replay(store.error());
  const auto entries{entries_of(**store, *config, request)};
  if (!entries) return refuse_replay(entries.error());
  if (entries->empty()) return refuse_replay(nothing_to_replay(**store, *config, request));

  std::map<std::string, Policies> by_hash{};
  json::array page{};
  std::size_t different{0};
  for (const JournalEntry& entry : *entries) {
    const auto [known, is_new]{by_hash.try_emplace(entry.settings_hash)};
    if (is_new) known->second = read_policies(**store, entry.settings_hash);
    const Policies& policies{known->second};
    const auto led_up{lead_up_to(**store, entry, lead_of(policies.acting))};
    if (!led_up) return refuse_replay(led_up.error());
    const Replayed replayed{replay(entry, *led_up, policies)};
    if (!replayed.differences.empty()) ++different;
    if (output == Output::json) {
      page.push_back(json_of(replayed));
    } else {
      print(replayed);
    }
  }
  if (output == Output::json) {
    json::object all{{"equal", entries->size() - different}, {"different", different}};
    all["decisions"] = std::move(page);
    fmt::print("{}\n", json::serialize(all));
  } else {
    fmt::print("{} replayed, {} equal, {} different\n", entries->size(),
               entries->size() - different, different);
  }
  return different == 0 ? exit_ok : exit_error;
}

}  // namespace spillway::cli
