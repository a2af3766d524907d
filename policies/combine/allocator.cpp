#include "policies/combine/allocator.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <queue>

namespace spillway {
namespace {

/// A workload that still wants something, by how little it would have with one more.
struct Waiting {
  double satisfied{};
  std::size_t claim{};
  const std::string* name{};

  bool operator<(const Waiting& other) const {  // the queue gives the greatest: reversed
    if (satisfied != other.satisfied) return satisfied > other.satisfied;
    return *name > *other.name;
  }
};

double urgency(const Claim& claim) {
  const int missing{std::max(0, claim.wanted.count - claim.running.count)};
  return 1.0 + std::min(1.0, static_cast<double>(missing) / std::max(1, claim.desired.count));
}

/// With one replica more than `granted`.
double satisfaction(const Claim& claim, Replicas granted) {
  return (granted.count + 1) / (claim.weight * urgency(claim));
}

}  // namespace

void describe(Fields& fields, AllocatorSettings& settings) {
  fields.optional_count("max_burst", settings.max_burst, {.max = 1'000'000},
                        "The most burst replicas of all workloads together, such as the provider's "
                        "quota.");
  fields.hourly_price("max_rent", settings.max_rent,
                      "The most that all burst replicas of all workloads may cost per hour.");
}

std::vector<Replicas> allocate(const std::vector<Claim>& claims,
                               const AllocatorSettings& settings) {
  std::vector<Replicas> granted{};
  granted.reserve(claims.size());
  std::int64_t replicas_left{settings.max_burst.value_or(std::numeric_limits<int>::max())};
  double usd_left{settings.max_rent ? settings.max_rent->per_hour.usd()
                                    : std::numeric_limits<double>::infinity()};
  const auto take{[&](const Claim& claim, int count) {
    replicas_left -= count;
    usd_left -= count * claim.price.per_hour.usd();
  }};
  std::priority_queue<Waiting> waiting{};
  for (std::size_t i{0}; i < claims.size(); ++i) {
    const Claim& claim{claims[i]};
    granted.push_back(std::max(0_replicas, std::min(claim.wanted, claim.running)));
    take(claim, granted.back().count);
    if (granted.back() < claim.wanted) {
      waiting.push({satisfaction(claim, granted.back()), i, &claim.workload});
    }
  }
  constexpr double rounding_usd{1e-9};
  while (!waiting.empty() && replicas_left > 0) {
    const Waiting next{waiting.top()};
    waiting.pop();
    const Claim& claim{claims[next.claim]};
    if (claim.price.per_hour.usd() > usd_left + rounding_usd) continue;  // others may be cheaper
    Replicas& mine{granted[next.claim]};
    mine += 1_replicas;
    take(claim, 1);
    if (mine < claim.wanted) {
      waiting.push({satisfaction(claim, mine), next.claim, &claim.workload});
    }
  }
  return granted;
}

}  // namespace spillway
