#include "controller/traffic/reconcile.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

namespace spillway {

namespace {

bool is_at_same_address(const Backend& a, const Backend& b) {
  return a.ip == b.ip && a.port == b.port;
}

/// The listing by group, and by address where the balancer keeps no group.
class Index {
 public:
  explicit Index(const std::vector<ListedBackend>& listed) {
    for (const ListedBackend& entry : listed) {
      const Backend& backend{entry.backend};
      if (backend.group.name.empty()) {
        by_address_.emplace(std::pair{backend.ip, backend.port}, &entry);
      } else {
        by_group_.emplace(backend.group.name, &entry);
      }
    }
  }

  const ListedBackend* find(const Backend& backend) const {
    const auto named = by_group_.find(backend.group.name);
    if (named != by_group_.end()) return named->second;
    const auto placed = by_address_.find(std::pair{backend.ip, backend.port});
    return placed == by_address_.end() ? nullptr : placed->second;
  }

 private:
  std::map<std::string, const ListedBackend*> by_group_{};
  std::map<std::pair<std::string, int>, const ListedBackend*> by_address_{};
};

/// What `wanted` lacks, if anything.
std::optional<TrafficCall> missing_call(const WantedBackend& wanted, const ListedBackend* listed) {
  if (wanted.state == BackendState::admitted) {
    const bool is_as_wanted{listed != nullptr && listed->state == BackendState::admitted &&
                            is_at_same_address(listed->backend, wanted.backend) &&
                            listed->backend.weight == wanted.backend.weight};
    if (is_as_wanted) return std::nullopt;
    return TrafficCall{TrafficCall::Kind::admit, wanted.backend};
  }
  if (listed == nullptr || listed->state == BackendState::draining) return std::nullopt;
  return TrafficCall{TrafficCall::Kind::drain, wanted.backend};
}

}  // namespace

std::vector<TrafficCall> reconcile(const std::vector<WantedBackend>& wanted,
                                   const std::vector<ListedBackend>& listed) {
  const Index index{listed};
  std::vector<TrafficCall> calls{};
  std::set<const ListedBackend*> is_wanted{};
  for (const WantedBackend& wish : wanted) {
    SPILLWAY_ASSERT(wish.state != BackendState::partial);
    const ListedBackend* const found{index.find(wish.backend)};
    if (found != nullptr) is_wanted.insert(found);
    if (auto call{missing_call(wish, found)}) calls.push_back(std::move(*call));
  }
  std::stable_sort(calls.begin(), calls.end(),
                   [](const TrafficCall& a, const TrafficCall& b) { return a.kind < b.kind; });
  for (const ListedBackend& entry : listed) {
    if (!is_wanted.contains(&entry)) calls.push_back({TrafficCall::Kind::evict, entry.backend});
  }
  return calls;
}

const ListedBackend* find_listed(const std::vector<ListedBackend>& listed, const Backend& backend) {
  return Index{listed}.find(backend);
}

}  // namespace spillway
