#include "controller/io/peer_order.hpp"

#include <algorithm>
#include <numeric>

namespace spillway::io {

std::vector<std::size_t> PeerOrder::order(TimePoint now) const {
  const auto failed_lately{[&](std::size_t index) {
    const TimePoint at{failed_at_[index]};
    return at != TimePoint::min() && now - at < asked_last_for_;
  }};
  std::vector<std::size_t> indices(failed_at_.size());
  std::iota(indices.begin(), indices.end(), std::size_t{0});
  std::stable_sort(indices.begin(), indices.end(), [&](std::size_t a, std::size_t b) {
    if (failed_lately(a) != failed_lately(b)) return failed_lately(b);
    return failed_lately(a) && failed_at_[a] < failed_at_[b];
  });
  return indices;
}

}  // namespace spillway::io
