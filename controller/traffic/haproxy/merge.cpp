#include "controller/traffic/haproxy/merge.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>

namespace spillway::haproxy {

namespace {

/// By group, or by address where there is no group.
using Key = std::tuple<std::string, std::string, int>;

Key key_of(const Backend& backend) {
  if (!backend.group.name.empty()) return {backend.group.name, "", 0};
  return {"", backend.ip, backend.port};
}

struct Sighting {
  ListedBackend first{};
  std::set<std::size_t> seen_in{};  // listings
  bool is_admitted_somewhere{false};
  bool is_draining_somewhere{false};
  bool has_disagreement{false};
};

void add(Sighting& sighting, std::size_t listing, const ListedBackend& entry) {
  if (sighting.seen_in.empty()) {
    sighting.first = entry;
  } else {
    if (!(sighting.first.backend == entry.backend)) sighting.has_disagreement = true;
    const int in_flight{sighting.first.in_flight.value_or(0) + entry.in_flight.value_or(0)};
    sighting.first.in_flight = in_flight;
  }
  sighting.seen_in.insert(listing);
  if (entry.state != BackendState::draining) sighting.is_admitted_somewhere = true;
  if (entry.state != BackendState::admitted) sighting.is_draining_somewhere = true;
}

BackendState state_of(const Sighting& sighting, std::size_t listings) {
  if (!sighting.is_admitted_somewhere) return BackendState::draining;
  const bool is_everywhere{sighting.seen_in.size() == listings};
  const bool is_agreed{is_everywhere && !sighting.is_draining_somewhere &&
                       !sighting.has_disagreement};
  return is_agreed ? BackendState::admitted : BackendState::partial;
}

}  // namespace

std::vector<ListedBackend> merge(const std::vector<std::vector<ListedBackend>>& listings) {
  std::map<Key, Sighting> sightings{};
  std::vector<Key> order{};
  for (std::size_t i{0}; i < listings.size(); ++i) {
    for (const ListedBackend& entry : listings[i]) {
      const Key key{key_of(entry.backend)};
      const auto [place, is_new] = sightings.try_emplace(key);
      if (is_new) order.push_back(key);
      add(place->second, i, entry);
    }
  }
  std::vector<ListedBackend> merged{};
  for (const Key& key : order) {
    const Sighting& sighting{sightings.at(key)};
    merged.push_back(sighting.first);
    merged.back().state = state_of(sighting, listings.size());
  }
  return merged;
}

}  // namespace spillway::haproxy
