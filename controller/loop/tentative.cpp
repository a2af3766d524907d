#include "controller/loop/tentative.hpp"

namespace spillway {

void share(std::vector<Tentative>& tentatives, const AllocatorSettings& settings) {
  if (!settings.is_limited()) return;
  std::vector<Claim> claims{};
  claims.reserve(tentatives.size());
  for (const Tentative& each : tentatives) {
    const Decision& decision{each.decided.decision};
    const auto& burst{each.snapshot.fleet.burst};
    claims.push_back({.workload = each.workload->name,
                      .wanted = decision.burst,
                      // What could not be listed is taken to run: nothing is cut on a guess.
                      .running = burst ? count_burst(*burst).wanted() : decision.burst,
                      .desired = decision.desired,
                      .price = each.snapshot.replica_price,
                      .weight = each.workload->allocation_weight});
  }
  const std::vector<Replicas> granted{allocate(claims, settings)};
  for (std::size_t i{0}; i < tentatives.size(); ++i) {
    apply_grant(tentatives[i].decided, granted[i]);
  }
}

}  // namespace spillway
