// Decides again what was decided, and what would have been decided without this or that: what
// `explain --replay` and the comparison of settings rest on.
#pragma once

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

/// The decision if one thing had been absent.
struct Counterfactual {
  std::string without{};  ///< a policy's name, `behavior`, `limits`, `allocator`
  Decision decision{};
};

/// One for each policy (if there are several), for the stabilizer and for the limits, under the
/// grant that cut `journalled`, if one did; and one without that grant.
std::vector<Counterfactual> counterfactuals(const DecisionPolicy& policy, const Snapshot& now,
                                            const History& past, const Decision& journalled);

}  // namespace spillway
