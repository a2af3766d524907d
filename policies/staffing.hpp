// Arithmetic that several policies share: from a demand to a count, and the words for a count.
#pragma once

#include <string_view>

#include "controller/core/fleet.hpp"
#include "controller/core/reading.hpp"
#include "controller/core/recommendation.hpp"
#include "controller/core/units.hpp"

namespace spillway {

/// The most replicas any formula may ask for; keeps a wild reading from overflowing a count.
inline constexpr Replicas most_replicas{1'000'000};

/// `ceil(demand / per_replica)`, never negative, at most `most_replicas`. `per_replica` > 0. A
/// demand that exceeds a whole count by less than a billionth of it is rounding noise and does not
/// add a replica: 0.7 * 10 * 3 / 7 gives 3, not 4.
Replicas replicas_for(double demand, double per_replica);

/// Base replicas, extra VMs and burst groups that serve requests now. The fleet must be known.
Replicas serving_replicas(const Fleet& fleet);

/// `load_over_target`, `load_within_target` or `load_under_target` by comparison with what runs.
Because compared_with(Replicas wanted, const Fleet& fleet);

/// "I cannot see": keeps what runs, and says which reading failed and why.
Recommendation hold(std::string_view policy, const Reading& reading);

}  // namespace spillway
