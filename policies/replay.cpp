#include "policies/replay.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "controller/core/error.hpp"

namespace spillway {
namespace {

/// What all workloads share is cut after each has decided for itself.
bool is_by_others(const TrailStep& step) {
  return step.who == "allocator";
}

template <class T>
void compare(std::vector<std::string>& found, std::string_view what, const T& again, const T& was) {
  if (again != was) found.push_back(fmt::format("{}: {}, was {}", what, again, was));
}

std::string words(const std::optional<Replicas>& count) {
  return count ? std::to_string(count->count) : "none";
}

void compare(std::vector<std::string>& found, const Recommendation& again,
             const Recommendation& was) {
  if (again == was) return;
  const std::size_t before{found.size()};
  compare(found, was.policy + " policy", again.policy, was.policy);
  compare(found, was.policy + " floor", words(again.floor), words(was.floor));
  compare(found, was.policy + " ceiling", words(again.ceiling), words(was.ceiling));
  compare(found, was.policy + " vms", words(again.vms), words(was.vms));
  compare(found, was.policy + " hold", again.is_hold, was.is_hold);
  compare(found, was.policy + " because", to_string(again.because), to_string(was.because));
  compare(found, was.policy + " words", again.words, was.words);
  if (found.size() == before) found.push_back(was.policy + " memory");
}

}  // namespace

Decided decide_again(const DecisionPolicy& policy, const Snapshot& now, const History& past,
                     const Decision& journalled) {
  Decided decided{decide(policy, now, past)};
  for (const TrailStep& step : journalled.trail) {
    if (is_by_others(step)) apply_grant(decided, step.after);
  }
  return decided;
}

namespace {

enum class Grants { as_they_were, none };

/// The history of a course of its own at `tick`, after it decided `own` at `before`.
History gone_on(Decided own, const JournalledTick& before, const JournalledTick& tick) {
  History past{std::move(own.next)};
  if (!past.last || !tick.past.last) return tick.past;  // one of them begins anew
  const Replicas recommended{own.decision.recommended};
  const bool is_as_it_was{recommended == before.decision.recommended};
  for (const CountAt& each : tick.past.recommendations) {
    if (each.at <= before.now.taken_at) continue;
    past.recommendations.push_back({each.at, is_as_it_was ? each.count : recommended});
  }
  past.last->at = tick.past.last->at;
  past.memories = tick.past.memories;
  return past;
}

Decision along(const DecisionPolicy& policy, std::span<const JournalledTick> ticks, Grants grants) {
  SPILLWAY_ASSERT(!ticks.empty());
  const JournalledTick* before{nullptr};
  Decided own{};
  for (const JournalledTick& tick : ticks) {
    const History past{before ? gone_on(std::move(own), *before, tick) : tick.past};
    own = grants == Grants::none ? decide(policy, tick.now, past)
                                 : decide_again(policy, tick.now, past, tick.decision);
    before = &tick;
  }
  return std::move(own.decision);
}

}  // namespace

std::vector<std::string> differences(const Decision& again, const Decision& was) {
  std::vector<std::string> found{};
  compare(found, "desired", again.desired.count, was.desired.count);
  compare(found, "recommended", again.recommended.count, was.recommended.count);
  compare(found, "burst", again.burst.count, was.burst.count);
  compare(found, "vms", again.vms.count, was.vms.count);
  compare(found, "because", to_string(again.because), to_string(was.because));
  compare(found, "blind", again.is_blind, was.is_blind);
  compare(found, "number of recommendations", again.recommendations.size(),
          was.recommendations.size());
  const std::size_t both{std::min(again.recommendations.size(), was.recommendations.size())};
  for (std::size_t i{0}; i < both; ++i) {
    compare(found, again.recommendations[i], was.recommendations[i]);
  }
  if (again.trail != was.trail) found.emplace_back("trail");
  if (found.empty() && again != was) found.emplace_back("instant or workload");
  return found;
}

Duration lead_of(const DecisionPolicy& policy) {
  return 2 * std::max(longest_look_back(policy.behavior), policy.trust.recovery_hold);
}

Decision decide_along(const DecisionPolicy& policy, std::span<const JournalledTick> ticks) {
  return along(policy, ticks, Grants::as_they_were);
}

std::vector<Counterfactual> counterfactuals(const DecisionPolicy& policy,
                                            std::span<const JournalledTick> ticks) {
  std::vector<Counterfactual> all{};
  const auto add{[&](std::string without, const DecisionPolicy& changed) {
    all.push_back({std::move(without), decide_along(changed, ticks)});
  }};
  if (policy.policies.size() > 1) {
    for (std::size_t i{0}; i < policy.policies.size(); ++i) {
      DecisionPolicy changed{policy};
      changed.policies.erase(changed.policies.begin() + static_cast<std::ptrdiff_t>(i));
      add(std::string{policy.policies[i]->name()}, changed);
    }
  }
  DecisionPolicy unstabilized{policy};
  unstabilized.behavior = {.scale_out = {}, .scale_in = {}};
  add("behavior", unstabilized);
  DecisionPolicy unlimited{policy};
  unlimited.limits = {.min = 0, .max_burst = 1'000'000};
  add("limits", unlimited);
  const bool is_granted{std::ranges::any_of(ticks, [](const JournalledTick& tick) {
    return std::ranges::any_of(tick.decision.trail, is_by_others);
  })};
  if (is_granted) all.push_back({"allocator", along(policy, ticks, Grants::none)});
  return all;
}

}  // namespace spillway
