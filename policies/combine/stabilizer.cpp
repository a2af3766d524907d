#include "policies/combine/stabilizer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace spillway {
namespace {

/// The count at the beginning of `period`: all changes since, in both directions, undone.
Replicas count_before(const History& past, Replicas current, TimePoint now, Duration period) {
  Replicas start{current};
  for (const CountAt& change : past.changes) {
    if (change.at > now - period) start -= change.count;
  }
  return start;
}

int rounded_away(double exact, bool is_growth) {
  return static_cast<int>(is_growth ? std::ceil(exact - 1e-9) : std::floor(exact + 1e-9));
}

/// How far this policy lets the count go in its direction.
Replicas limit_of(const RatePolicy& policy, Replicas current, TimePoint now, const History& past,
                  bool is_growth) {
  const Replicas start{count_before(past, current, now, policy.period)};
  const int sign{is_growth ? 1 : -1};
  if (policy.type == RatePolicy::Type::replicas) return {start.count + sign * policy.value};
  const int limit{rounded_away(start.count * (1.0 + sign * policy.value / 100.0), is_growth)};
  // A share of nothing is nothing: without this a workload that was idle could never grow again.
  return {is_growth ? std::max(limit, start.count + 1) : limit};
}

/// The rate limit on a change from `current` to `wanted`. `select: max` takes the policy that
/// allows the most change, `min` the one that allows the least.
Replicas rate_limited(Replicas wanted, Replicas current, TimePoint now, const History& past,
                      const DirectionSettings& settings) {
  const bool is_growth{wanted > current};
  if (settings.select == Select::disabled) return current;
  if (settings.policies.empty()) return wanted;
  const bool takes_highest{is_growth == (settings.select == Select::max)};
  Replicas limit{limit_of(settings.policies.front(), current, now, past, is_growth)};
  for (const RatePolicy& policy : settings.policies) {
    const Replicas other{limit_of(policy, current, now, past, is_growth)};
    limit = takes_highest ? std::max(limit, other) : std::min(limit, other);
  }
  // A limit that recent changes already used up means standing still, never turning back.
  return is_growth ? std::max(current, std::min(wanted, limit))
                   : std::min(current, std::max(wanted, limit));
}

/// HPA's window rule: move towards the recommendation only as far as the whole window agrees.
Replicas windowed(Replicas recommended, Replicas current, TimePoint now, const History& past,
                  const BehaviorSettings& settings) {
  Replicas lowest{recommended};
  Replicas highest{recommended};
  for (const CountAt& earlier : past.recommendations) {
    if (earlier.at > now - settings.scale_out.stabilization_window) {
      lowest = std::min(lowest, earlier.count);
    }
    if (earlier.at > now - settings.scale_in.stabilization_window) {
      highest = std::max(highest, earlier.count);
    }
  }
  const bool has_just_begun{!past.last};
  if (has_just_begun && settings.scale_in.stabilization_window > Duration::zero()) {
    highest = std::max(highest, current);
  }
  return std::max(lowest, std::min(current, highest));
}

bool is_within_tolerance(Replicas wanted, Replicas current, double tolerance) {
  return std::abs(wanted.count - current.count) <= tolerance * current.count;
}

void describe_policy(Fields& fields, RatePolicy& policy) {
  static constexpr std::array<std::string_view, 2> types{"replicas", "percent"};
  choose(fields, "type", policy.type, types, "What `value` counts.");
  fields.count("value", policy.value, {.min = 1, .max = 1'000'000, .presence = Presence::required},
               "The change allowed within `period`.");
  fields.duration("period", policy.period, {.min = std::chrono::seconds{1}, .max = longest_window},
                  "Length of the period.");
}

void describe_direction(Fields& fields, DirectionSettings& settings) {
  static constexpr std::array<std::string_view, 3> selects{"max", "min", "disabled"};
  std::optional<Duration> window{};
  if (!settings.is_usual_window) window = settings.stabilization_window;
  fields.optional_duration(
      "stabilization_window", window, {.max = longest_window},
      "How far to look back over recommendations before following one. Left out: 0s on the way "
      "out, 2m on the way in, or 0s if every policy that asks for a floor waits by itself, as "
      "`auto` does.");
  if (window) settings.stabilization_window = *window;
  settings.is_usual_window = !window;
  fields.sections(
      "policies", settings.policies.size(),
      [&settings](Fields& element, std::size_t index) {
        if (settings.policies.size() <= index) settings.policies.resize(index + 1);
        describe_policy(element, settings.policies[index]);
      },
      Presence::optional, "Rate limits; without any the change is made at once.");
  choose(fields, "select", settings.select, selects,
         "Which rate policy counts: the one that allows the most, the least, or no change at all.");
  fields.ratio("tolerance", settings.tolerance, {.min = 0.0, .max = 1.0},
               "Changes of at most this share of the current count are ignored.");
}

}  // namespace

void describe(Fields& fields, BehaviorSettings& settings) {
  fields.section(
      "scale_out", [&](Fields& inner) { describe_direction(inner, settings.scale_out); },
      "Limits on growing.");
  fields.section(
      "scale_in", [&](Fields& inner) { describe_direction(inner, settings.scale_in); },
      "Limits on shrinking.");
  fields.section(
      "flap_budget", [&](Fields& inner) { describe(inner, settings.flap_budget); },
      "How often the count may turn round.");
  fields.section(
      "projection", [&](Fields& inner) { describe(inner, settings.projection); },
      "Whether those that stay after a scale-in would be saturated at once.");
}

Duration longest_look_back(const BehaviorSettings& settings) {
  Duration longest{
      std::max(settings.scale_out.stabilization_window, settings.scale_in.stabilization_window)};
  for (const DirectionSettings* direction : {&settings.scale_out, &settings.scale_in}) {
    for (const RatePolicy& policy : direction->policies) longest = std::max(longest, policy.period);
  }
  if (settings.flap_budget.turns) longest = std::max(longest, settings.flap_budget.period);
  return longest;
}

Stabilization stabilize(Replicas recommended, Replicas current, const Snapshot& snapshot,
                        const History& past, const BehaviorSettings& settings) {
  const TimePoint now{snapshot.taken_at};
  Stabilization outcome{.desired = recommended};
  // Its words are made where they are needed: most decisions move nothing.
  const auto move_to{[&](Replicas count, Because because, auto&& words) {
    if (count == outcome.desired) return;
    outcome.trail.push_back({.who = "stabilizer",
                             .before = outcome.desired,
                             .after = count,
                             .because = because,
                             .words = words()});
    outcome.desired = count;
  }};

  const bool wants_growth{recommended > current};
  const DirectionSettings& direction{wants_growth ? settings.scale_out : settings.scale_in};
  move_to(windowed(recommended, current, now, past, settings),
          wants_growth ? Because::scale_out_stabilized : Because::scale_in_stabilized, [&] {
            return fmt::format("recommendations of the last {}",
                               to_string(direction.stabilization_window));
          });
  if (outcome.desired == current) return outcome;

  if (is_within_tolerance(outcome.desired, current, direction.tolerance)) {
    move_to(current, Because::within_tolerance, [&] {
      return fmt::format("within {:g} % of {}", 100.0 * direction.tolerance, current.count);
    });
    return outcome;
  }
  move_to(rate_limited(outcome.desired, current, now, past, direction),
          wants_growth ? Because::scale_out_rate_limited : Because::scale_in_rate_limited,
          [] { return std::string{"the rate policies allow no more in this period"}; });
  if (outcome.desired >= current) return outcome;

  if (forbids_scale_in(past, now, settings.flap_budget)) {
    move_to(current, Because::flaps_spent, [&] {
      return fmt::format("turned round {} times within {}: nothing shrinks for now",
                         turns_within(past, now, settings.flap_budget.period),
                         to_string(settings.flap_budget.period));
    });
    return outcome;
  }
  if (auto projected{project_scale_in(current, snapshot, settings.projection)}) {
    move_to(std::max(outcome.desired, projected->fewest), Because::in_would_saturate,
            [&] { return std::move(projected->words); });
  }
  return outcome;
}

}  // namespace spillway
