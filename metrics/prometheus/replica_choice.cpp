#include "metrics/prometheus/replica_choice.hpp"

#include <algorithm>
#include <numeric>

#include "controller/core/error.hpp"

namespace spillway::prometheus {

ReplicaChoice::ReplicaChoice(std::size_t count, Duration retry_after)
    : failed_at_(count), retry_after_{retry_after} {
  SPILLWAY_ASSERT(count >= 1);
}

std::vector<std::size_t> ReplicaChoice::order() const {
  std::vector<std::size_t> replicas(failed_at_.size());
  std::iota(replicas.begin(), replicas.end(), std::size_t{0});
  // An empty optional is less than any time: healthy ones first, each group in configured order.
  std::stable_sort(replicas.begin(), replicas.end(),
                   [this](std::size_t a, std::size_t b) { return failed_at_[a] < failed_at_[b]; });
  return replicas;
}

std::size_t ReplicaChoice::in_use() const {
  return order().front();
}

std::optional<std::size_t> ReplicaChoice::due_for_trial(TimePoint now) const {
  const std::size_t current{in_use()};
  for (std::size_t replica{0}; replica < current; ++replica) {
    if (failed_at_[replica] && now - *failed_at_[replica] >= retry_after_) return replica;
  }
  return std::nullopt;
}

void ReplicaChoice::succeeded(std::size_t replica) {
  failed_at_.at(replica).reset();
}

void ReplicaChoice::failed(std::size_t replica, TimePoint now) {
  failed_at_.at(replica) = now;
}

}  // namespace spillway::prometheus
