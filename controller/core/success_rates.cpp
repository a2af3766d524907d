#include "controller/core/success_rates.hpp"

#include <algorithm>
#include <cmath>

namespace spillway {

namespace {

constexpr double half_life_seconds{3600.0};
constexpr double prior_served{2.0};

}  // namespace

SuccessRates::Counts SuccessRates::faded(Counts counts, TimePoint now) {
  const double passed{std::max(0.0, seconds(now - counts.at))};
  const double share{std::exp2(-passed / half_life_seconds)};
  return {counts.served * share, counts.failed * share, now};
}

void SuccessRates::note(const Place& place, bool has_served, TimePoint now) {
  Counts& counts{counts_[place]};
  counts = faded(counts, now);
  (has_served ? counts.served : counts.failed) += 1.0;
}

double SuccessRates::rate(const Place& place, TimePoint now) const {
  const auto found = counts_.find(place);
  if (found == counts_.end()) return 1.0;
  const Counts counts{faded(found->second, now)};
  return (counts.served + prior_served) / (counts.served + counts.failed + prior_served);
}

}  // namespace spillway
