#include "controller/core/history.hpp"

#include <algorithm>
#include <utility>

#include "controller/core/decision.hpp"
#include "controller/core/error.hpp"

namespace spillway {
namespace {

void forget_before(std::vector<CountAt>& counts, TimePoint instant) {
  const auto kept{
      std::ranges::find_if(counts, [instant](const CountAt& each) { return each.at >= instant; })};
  counts.erase(counts.begin(), kept);
}

}  // namespace

const KeptMemory& History::kept(std::string_view policy) const {
  static const KeptMemory nothing{};
  const auto found{memories.find(policy)};
  return found == memories.end() ? nothing : found->second;
}

History remember(History past, const Decision& decision, Duration window) {
  SPILLWAY_ASSERT(window <= longest_window);
  const TimePoint now{decision.at};
  const bool has_begun{past.last.has_value()};
  if (decision.is_blind) {
    if (!past.is_blind()) past.blind_since = now;
    past.sighted_since.reset();
  } else if (past.is_blind()) {
    past.sighted_since = now;
    if (!has_begun) past.blind_since.reset();  // it was blind before anything was remembered
  }

  std::erase_if(past.memories, [&decision](const auto& kept) {
    return std::ranges::find(decision.recommendations, kept.first, &Recommendation::policy) ==
           decision.recommendations.end();
  });
  for (const Recommendation& recommendation : decision.recommendations) {
    past.memories.insert_or_assign(recommendation.policy, recommendation.memory);
  }
  if (!has_begun && decision.is_blind) return past;

  past.recommendations.push_back(
      {now, has_begun ? decision.recommended : std::max(decision.recommended, decision.desired)});
  if (has_begun && past.last->count != decision.desired) {
    past.changes.push_back({now, decision.desired - past.last->count});
  }
  past.last = CountAt{now, decision.desired};
  past.last_burst = decision.burst;
  forget_before(past.recommendations, now - window);
  forget_before(past.changes, now - window);
  return past;
}

}  // namespace spillway
