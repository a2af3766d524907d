// How many replicas are worth their rent: of every count the rent and the expected price of late
// requests, and the least sum. A newsvendor with the queueing model's staffing; a whole fleet is
// late if it is one replica short, so every count is compared, not the next one only.
//
//   cost(n) = rent * n + W * expected late req/s
//           + start rent * (expected number started in vain
//                           + restart * expected number given back that the load will want again)
//   expected late(n) = sum over m > n of P(need = m) * load that m hold
//   expected in vain(n) = sum of P(need <= m) over the m from what runs to below n: a start
//                         that the load will want anyway only comes sooner
//   expected wanted again(n) = sum of P(need > m) over the m from n to what runs
//
// The last term is what keeps a count over a dip: no timer, but what giving back is likely to cost.
// Example: P(need > 12) = 2 % at 120 req/s, W = 30 times 0.0000017 USD: 12 replicas cost
// 0.02 * 120 * 0.00005 = 0.00012 USD/s in late requests, a 13th costs 0.0000165: it is worth it.
#pragma once

#include <span>

#include "policies/latency/auto/staffing_table.hpp"

namespace spillway::autopilot {

struct Economics {
  double rent{1.65e-5};       ///< USD per second and replica
  double late_price{5e-5};    ///< USD per late request
  double start_charge{60.0};  ///< seconds of rent that a start costs before it is of use
  double restart{2.0};        ///< starts that giving back costs, if the load comes back
  double slot{15.0};          ///< seconds that a choice lasts
};

/// A count and what speaks for it, to be told to a person.
struct Choice {
  int count{0};
  double late_rate{0.0};       ///< expected late requests per second with `count`
  double late_rate_more{0.0};  ///< ... with one step of the table more
  int step{1};                 ///< replicas in that step
  bool is_most{false};         ///< the table has none
};

/// The cheapest count from `least` up. `running` do not have to start; `tail[i]` is the probability
/// that the load exceeds what `table.counts()[i]` hold.
Choice choose(const StaffingTable& table, std::span<const double> tail, int least, int running,
              const Economics& economics);

}  // namespace spillway::autopilot
