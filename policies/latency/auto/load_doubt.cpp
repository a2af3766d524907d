#include "policies/latency/auto/load_doubt.hpp"

#include <algorithm>
#include <cmath>

#include "policies/latency/auto/load_history.hpp"

namespace spillway::autopilot {
namespace {

constexpr double doubted_beyond{1.5};
constexpr double scatter{3.0};
constexpr double full_from{0.9};  // a fuller fleet may be asked for more than it serves
constexpr double idle_until{0.05};
constexpr double nothing_below{10.0};  // times of it that replicas are busy with
constexpr double nothing_for_s{600.0};

}  // namespace

double LoadDoubt::believed(double load, const LoadWitness& witness, double elapsed_s) {
  const double utilization{witness.utilization.value_or(1.0)};
  const bool has_witness{witness.rate && utilization >= idle_until && utilization <= full_from};
  double plausible{load};
  if (has_witness) {
    const auto counted{[](double of) { return scatter * std::sqrt(of / slot_seconds); }};
    const double least{utilization * witness.fewest * *witness.rate};
    const double most{utilization * witness.most * *witness.rate};
    // In doubt nothing shrinks.
    plausible = load < least / doubted_beyond - counted(least)
                    ? std::max(load, std::min(least, load_))
                    : std::min(load, most * doubted_beyond + counted(most));
  }
  const bool is_doubted{plausible != load};
  lasted_s_ = !is_doubted ? -1.0 : lasted_s_ < 0.0 ? 0.0 : lasted_s_ + elapsed_s;
  const bool is_nothing{plausible > nothing_below * load};
  load_ = is_doubted && lasted_s_ < (is_nothing ? nothing_for_s : slot_seconds) ? plausible : load;
  return load_;
}

}  // namespace spillway::autopilot
