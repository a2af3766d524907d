#include "controller/traffic/haproxy/asked.hpp"

namespace spillway::haproxy {

void Asked::remember(const Backend& backend) {
  forget(backend);
  by_group_[backend.group.name] = backend;
  group_at_[{backend.ip, backend.port}] = backend.group.name;
}

void Asked::forget(const Backend& backend) {
  const Backend* const known{find(backend)};
  if (known == nullptr) return;
  const auto place = group_at_.find({known->ip, known->port});
  const bool is_its_own{place != group_at_.end() && place->second == known->group.name};
  if (is_its_own) group_at_.erase(place);
  by_group_.erase(std::string{known->group.name});
}

const Backend* Asked::find(const Backend& listed) const {
  std::string group{listed.group.name};
  if (group.empty()) {
    const auto place = group_at_.find({listed.ip, listed.port});
    if (place == group_at_.end()) return nullptr;
    group = place->second;
  }
  const auto found = by_group_.find(group);
  return found == by_group_.end() ? nullptr : &found->second;
}

}  // namespace spillway::haproxy
