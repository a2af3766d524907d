#include "controller/core/round_trips.hpp"

#include <algorithm>

#include "controller/core/text_rows.hpp"

namespace spillway {
namespace {

constexpr std::size_t probes_kept{16};

}  // namespace

void RoundTrips::note(const Place& place, Duration whole) {
  if (whole < Duration::zero()) return;  // the clock was set back meanwhile
  std::deque<Duration>& probes{probes_[place.region]};
  probes.push_back(whole);
  if (probes.size() > probes_kept) probes.pop_front();
}

std::optional<Duration> RoundTrips::round_trip(const Place& place) const {
  const auto found = probes_.find(place.region);
  if (found == probes_.end()) return std::nullopt;
  return *std::ranges::min_element(found->second) / 2;
}

std::string RoundTrips::to_text() const {
  std::string text{};
  for (const auto& [region, probes] : probes_) {
    add_row(text, {region, std::to_string(std::ranges::min_element(probes)->count())});
  }
  return text;
}

RoundTrips RoundTrips::from_text(std::string_view text) {
  RoundTrips trips{};
  for (const auto& row : rows_of(text, 2)) {
    const auto quickest{number_of<std::int64_t>(row[1])};
    if (quickest) trips.note({.region = row[0]}, Duration{*quickest});
  }
  return trips;
}

}  // namespace spillway
