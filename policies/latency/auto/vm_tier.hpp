// When a burst has become the norm, machines are cheaper: ski rental between two prices, both ways.
// Each block of as many replicas as a machine runs keeps an account of what the other tier would
// have saved it; where that has added up to the start rent of a machine, it changes over.
//
//   without a machine   account += (used * burst price - machine price) * time       used: 0 to 1,
//   with a machine      account += (machine price - used * burst price) * time       never below 0
//
// Example: 4 replicas at 0.0594 USD/h against 0.192 USD/h for a machine that is billed 210 s before
// it serves: 0.0112 USD of start rent. A block that is used all the time gets its machine after
// 884 s, a short dip delays that a little; an idle machine goes after 210 s, one half used after
// 550 s. Deterministic ski rental is (2 - a)-competitive, a = 0.81 the price after buying over the
// price of renting (arXiv 1305.5608).
#pragma once

#include <array>
#include <cstddef>

namespace spillway::autopilot {

struct VmEconomics {
  int replicas{0};             ///< of one machine; 0: there is no such tier
  double vm_price{0.192};      ///< of a machine, per hour
  double burst_price{0.2376};  ///< of as many burst replicas, per hour
  double start_rent{0.0112};   ///< of a machine
};

/// Replicas beyond the base.
struct VmDemand {
  int wanted{0};
  int refused{0};  ///< of them, as burst: see RefusedCreates
};

class VmTier {
 public:
  /// Machines to have when `running` machines exist, and the last decision was `elapsed_s` ago.
  int decide(const VmDemand& demand, double elapsed_s, int running, const VmEconomics& economics);

  template <class Archive>
  void keep(Archive& archive) {
    if (!Archive::rounds || !is_rounded_) archive.packed(accounts_);
    is_rounded_ = true;
    archive.number(running_);
  }

 private:
  static constexpr std::size_t blocks{32};  ///< more machines share the last account
  std::array<double, blocks> accounts_{};   ///< in start rents
  bool is_rounded_{true};                   ///< the accounts are as a memory would have them
  double running_{0.0};                     ///< machines at the last decision
};

}  // namespace spillway::autopilot
