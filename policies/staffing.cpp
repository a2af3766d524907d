#include "policies/staffing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "controller/core/error.hpp"

namespace spillway {

Replicas replicas_for(double demand, double per_replica) {
  SPILLWAY_ASSERT(per_replica > 0.0);
  const double exact{demand / per_replica};
  if (!(exact < most_replicas.count)) return most_replicas;  // also what is too large for a double
  const double whole{std::ceil(exact - 1e-9 * std::abs(exact))};
  return {static_cast<int>(std::clamp(whole, 0.0, static_cast<double>(most_replicas.count)))};
}

Replicas serving_replicas(const Fleet& fleet) {
  SPILLWAY_ASSERT(fleet.base && fleet.burst);
  return fleet.base->ready + fleet.vms.ready + count_burst(*fleet.burst).serving;
}

Because compared_with(Replicas wanted, const Fleet& fleet) {
  const auto total{fleet.total()};
  if (!total || wanted == *total) return Because::load_within_target;
  return wanted > *total ? Because::load_over_target : Because::load_under_target;
}

Recommendation hold(std::string_view policy, const Reading& reading) {
  const bool is_stale{reading.quality() == Quality::stale};
  return {.policy = std::string{policy},
          .is_hold = true,
          .because = is_stale ? Because::stale_data : Because::no_data,
          .words = fmt::format("reading is {}: {}", to_string(reading.quality()), reading.why())};
}

}  // namespace spillway
