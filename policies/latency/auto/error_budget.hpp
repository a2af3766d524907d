// The price of a late request that keeps the promise "at most 1 % late": it rises while requests
// are late, falls while none is, and comes to rest where exactly the allowed share is late. Slowly,
// since a price that jumps about buys the same promise at a higher bill.
//
//   price *= exp(gain * traffic * (late - allowed * pace)),   pace = 2 - spent / allowed, 0 to 2
//
// traffic is the load relative to its mean, spent the share late so far (fading over two weeks):
// who has spent too much of the budget gets a pace below one, and the debt is paid back. The unit
// of the price is the cost of serving one request in the burst provider at full utilization: at 30
// a late request hurts as much as 30 served ones cost. Bounded on both sides: below, lateness is
// never cheaper than eight served requests, whatever is left of the budget; above, the owner's cap:
// what no money can buy is not bought at any price. Source of the idea: adaptive conformal
// inference (Gibbs and Candes, NeurIPS 2021).
#pragma once

#include <algorithm>

namespace spillway::autopilot {

struct BudgetSettings {
  double allowed_late{0.01};  ///< share of requests
  double least_price{8.0};
  double price_cap{75.0};
};

class ErrorBudget {
 public:
  /// In costs of serving one request; never beyond `cap`, whatever was learned under another one.
  double price(double cap) const { return std::min(price_, cap); }
  /// Share of requests that were late so far.
  double spent() const;

  /// `late` of the requests of the last `elapsed_s` seconds at `load` were late.
  void spend(double late, double load, double elapsed_s, const BudgetSettings& settings);

  template <class Archive>
  void keep(Archive& archive) {
    archive.number(price_);
    archive.number(usual_load_);
    archive.number(age_);
    archive.number(late_requests_);
    archive.number(requests_);
  }

 private:
  double price_{30.0};  ///< where most loads come to rest within a factor of four
  double usual_load_{0.0};
  double age_{0.0};  ///< in slots
  double late_requests_{0.0};
  double requests_{0.0};
};

}  // namespace spillway::autopilot
