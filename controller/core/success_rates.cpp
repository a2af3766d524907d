#include "controller/core/success_rates.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "controller/core/text_rows.hpp"

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

std::string SuccessRates::to_text() const {
  std::string text{};
  for (const auto& [place, counts] : counts_) {
    add_row(text,
            {place.subscription, place.region, place.zone, std::string{to_string(place.priority)},
             fmt::format("{}", counts.served), fmt::format("{}", counts.failed),
             std::to_string(counts.at.time_since_epoch().count())});
  }
  return text;
}

SuccessRates SuccessRates::from_text(std::string_view text) {
  SuccessRates rates{};
  for (const auto& row : rows_of(text, 7)) {
    const auto served{number_of<double>(row[4])};
    const auto failed{number_of<double>(row[5])};
    const auto at{number_of<std::int64_t>(row[6])};
    const bool is_sound{served && failed && at && *served >= 0.0 && *failed >= 0.0 &&
                        std::isfinite(*served) && std::isfinite(*failed)};
    if (!is_sound) continue;
    Place place{.subscription = row[0], .region = row[1], .zone = row[2]};
    if (row[3] == to_string(Priority::spot)) place.priority = Priority::spot;
    rates.counts_[place] = {*served, *failed, TimePoint{Duration{*at}}};
  }
  return rates;
}

}  // namespace spillway
