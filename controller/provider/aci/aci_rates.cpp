// How fast groups may be made and removed now, as far as we know what was asked before. The rest of
// AciProvider is in aci_provider.cpp.
#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "controller/provider/aci/aci_provider.hpp"
#include "controller/provider/aci/text.hpp"

namespace spillway::aci {

int AciProvider::create_tokens(TimePoint now) const {
  // Of the place that has the most: a create in another one is held back on its own.
  int most{0};
  std::set<std::pair<std::string, std::string>> seen{};
  for (const Place& place : places(settings_)) {
    if (!seen.emplace(place.subscription, place.region).second) continue;
    most = std::max(most, create_tokens_in(place, now));
  }
  return most;
}

int AciProvider::create_tokens_in(const Place& place, TimePoint now) const {
  const std::string subscription{scope_of(settings_, place).subscription};
  const std::string region{region_name(place.region)};
  if (arm_.pause(subscription, ArmBucket::writes, now, region) > Duration::zero()) return 0;
  const auto rate = rates_->find({subscription, region});
  const int left{rate == rates_->end() ? TokenWindow{settings_.creates}.left(now)
                                       : rate->second.creates.left(now)};
  return std::min(left, arm_.tokens_left(subscription, ArmBucket::writes, now));
}

void AciProvider::note_past_create(const Place& place, TimePoint at) {
  rate_of(place).creates.take(at);
}

void AciProvider::note_past_remove(const Place& place, TimePoint at) {
  rate_of(place).deletes.take(at);
}

AciProvider::Rate& AciProvider::rate_of(const Place& place) {
  std::pair key{scope_of(settings_, place).subscription, region_name(place.region)};
  return rates_->try_emplace(std::move(key), settings_).first->second;
}

}  // namespace spillway::aci
