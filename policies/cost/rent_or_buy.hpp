// Moves a burst that has become the norm onto machines of the owner's cluster, and gives those back
// when it is over: rent while it is short, buy once renting has cost as much as buying would have.
//
//   The overflow (what is wanted beyond the base) is cut into blocks of `replicas_per_vm`.
//   saving  = replicas_per_vm * price of a burst replica - price of a VM          per hour
//   break-even = what a VM costs while it starts and does not serve yet, earned back by saving:
//                price of a VM * vm_start / saving
//   block k is bought when the overflow has needed all of it for the break-even without a break;
//   it is released when the overflow has needed none of it for `release_after`.
//
// Example: 4 replicas of 0.0594 USD/h against a VM of 0.192 USD/h that starts in 210 s: the saving
// is 0.0456 USD/h and the break-even 0.192 * 210 / 0.0456 = 884 s. An overflow of 9 for that long
// moves 8 onto two VMs; the ninth stays in the burst provider, and the burst stands in while the
// VMs start. A VM that would not be cheaper even when full is never bought. Source: ski rental
// (Karlin et al. 1994): at most twice the cost of knowing the future; with a = price after buying /
// price of renting at most 2 - a (arXiv 1305.5608), here 1.19. It only wishes (`vms`); a cluster
// with `resize` carries it out. An unknown fleet keeps what there is. The overflow is that of the
// last decision, so no reading is needed.
#pragma once

#include <optional>

#include "controller/core/fields.hpp"
#include "policies/policy.hpp"

namespace spillway {

struct RentOrBuySettings {
  std::optional<HourlyPrice> vm_price{};
  int replicas_per_vm{4};
  Duration vm_start{std::chrono::seconds{210}};
  Duration release_after{std::chrono::minutes{5}};
  int max_vms{10};
};

void describe(Fields& fields, RentOrBuySettings& settings);

/// How long a block must be needed until a VM for it pays off; nothing if it never does.
std::optional<Duration> break_even(const RentOrBuySettings& settings, HourlyPrice replica_price);

class RentOrBuy final : public Policy {
 public:
  using Settings = RentOrBuySettings;
  static constexpr std::string_view type{"rent_or_buy"};
  static constexpr std::string_view help{
      "Move a burst that lasts onto VMs of the cluster, and release them when it is over."};
  static constexpr int most_vms{64};

  explicit RentOrBuy(Settings settings);

  std::string_view name() const override { return type; }
  bool holds_by_itself() const override { return true; }
  /// Memory: for each block since when it has been needed in full, and since when not at all;
  /// negative: it is not so. Then whether its VM is wanted.
  Recommendation recommend(const Snapshot& now, const History& past) const override;

 private:
  Settings settings_;
};

}  // namespace spillway
