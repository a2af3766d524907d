#include "controller/loop/journalist.hpp"

namespace spillway {

bool Journalist::wants(const Decision& decision, const Plan& plan, Duration heartbeat,
                       const Decision* shadow) {
  const auto shadow_desired{shadow ? std::optional{shadow->desired} : std::nullopt};
  const auto found{last_.find(decision.workload)};
  const bool is_news{
      found == last_.end() || !plan.is_empty() || found->second.desired != decision.desired ||
      found->second.burst != decision.burst || found->second.because != decision.because ||
      found->second.is_blind != decision.is_blind || found->second.shadow != shadow_desired ||
      found->second.withheld != plan.withheld || decision.at - found->second.at >= heartbeat};
  if (!is_news) return false;
  last_[decision.workload] = {.at = decision.at,
                              .desired = decision.desired,
                              .burst = decision.burst,
                              .because = decision.because,
                              .is_blind = decision.is_blind,
                              .withheld = plan.withheld,
                              .shadow = shadow_desired};
  return true;
}

}  // namespace spillway
