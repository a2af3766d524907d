// When a burst has become the norm, machines are cheaper: a block of replicas that was wanted all
// the time for longer than the break-even goes onto a VM, one that was not wanted for a while goes.
//
//   break-even = VM start rent / (burst price of its replicas - VM price)
//
// Example: 4 replicas at 0.0594 USD/h against 0.192 USD/h for a VM that is billed 210 s before it
// serves: 210 s * 0.192 / (0.2376 - 0.192) = 884 s. Deterministic ski rental between two prices:
// (2 - a)-competitive, a = 0.81 the price after buying over the price of renting (arXiv 1305.5608).
#pragma once

#include <array>
#include <cstddef>

namespace spillway::autopilot {

struct VmEconomics {
  int replicas{0};           ///< of one VM; 0: there is no VM tier
  double break_even_s{884};  ///< at most 30 min
  double idle_s{300};        ///< at most 30 min
};

class VmTier {
 public:
  /// VMs to have when `wanted` replicas beyond the base are wanted at `at_s`, `running` VMs exist.
  int decide(int wanted, double at_s, int running, const VmEconomics& economics);

  template <class Archive>
  void keep(Archive& archive) {
    archive.numbers(lowest_);
    archive.numbers(highest_);
    archive.number(minute_);
    archive.number(since_);
  }

 private:
  static constexpr std::size_t minutes{30};
  std::array<double, minutes> lowest_{};   ///< wanted, by minute, a ring
  std::array<double, minutes> highest_{};  ///< wanted, by minute, a ring
  double minute_{0.0};
  double since_{0.0};  ///< minutes that are known
};

}  // namespace spillway::autopilot
