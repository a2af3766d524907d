// Decides again what was decided, and what would have been decided without this or that: what
// `explain --replay` and the comparison of settings rest on.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "policies/decide.hpp"

namespace spillway {

/// What `policy` decides on `now`. Where the allocator cut `journalled`, the same grant is applied
/// by the function that applied it then: what the workload was granted depends on all the others,
/// and is taken from there; what that makes of the decision is not.
Decided decide_again(const DecisionPolicy& policy, const Snapshot& now, const History& past,
                     const Decision& journalled);

/// What differs between two decisions, each as `desired: 12, was 11`; empty if they are equal.
std::vector<std::string> differences(const Decision& again, const Decision& was);

/// What a journal entry holds of one tick.
struct JournalledTick {
  const Snapshot& now;
  const History& past;
  const Decision& decision;
};

/// How far before a decision a course should begin: what is absent still holds counts by its
/// earlier wishes for one look back, and has another in which rate limits let go of them. A history
/// that slow rates span is not all its own even then.
Duration lead_of(const DecisionPolicy& policy);

/// What `policy` decides on the last of `ticks`, if it had decided on all of them, which are one
/// workload's, oldest first, under one version of its settings. Readings, fleet, spend, grants, and
/// what policies had learned are as they were; counts, windows, rates and blindness are its own.
///
/// A journal keeps a tick when something changed, so that an entry stands for those until the next
/// one. If `policy` recommended there what was recommended, it does so until then; if not, it keeps
/// what it recommended. The policy that did decide decides the same again, bit for bit.
Decision decide_along(const DecisionPolicy& policy, std::span<const JournalledTick> ticks);

/// The last decision of a course if one thing had been absent all along.
struct Counterfactual {
  std::string without{};  ///< a policy's name, `behavior`, `limits`, `allocator`
  Decision decision{};
};

/// One for each policy (if there are several), for the stabilizer and for the limits, under the
/// grants that cut, if any did; and one without those grants. Of a single tick: with the history as
/// it was, in which what is absent still has its share.
std::vector<Counterfactual> counterfactuals(const DecisionPolicy& policy,
                                            std::span<const JournalledTick> ticks);

}  // namespace spillway
