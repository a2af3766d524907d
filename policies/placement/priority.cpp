#include "policies/placement/priority.hpp"

#include <algorithm>
#include <cstddef>
#include <tuple>

namespace spillway::placement {

namespace {

bool names(const std::string& word, const Place& place) {
  if (word == to_string(place)) return true;
  return word == place.region && place.priority == Priority::regular;
}

std::size_t position(const PriorityOrder& settings, const Place& place) {
  const auto found = std::ranges::find_if(
      settings.order, [&](const std::string& word) { return names(word, place); });
  return static_cast<std::size_t>(found - settings.order.begin());
}

}  // namespace

std::vector<OfferFacts> rank(const PriorityOrder& settings, std::vector<OfferFacts> offers) {
  std::ranges::stable_sort(offers, {}, [&](const OfferFacts& each) {
    return std::tuple{position(settings, each.offer.place), replica_price(each)};
  });
  return offers;
}

void describe(Fields& fields, PriorityOrder& settings) {
  fields.texts("order", settings.order,
               {.max_length = 128, .expected = "a place: eastus, eastus/2 or \"westeurope spot\""},
               "Places, best first; a region alone stands for all of its zones.");
}

}  // namespace spillway::placement
