// The virtual node's money: its groups are on the same bill as all others, as those of the workload
// `node/NAME`, and no group is created beyond the node's caps or the limits of `allocator`.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/state/store.hpp"
#include "controller/virtual_node/purse.hpp"
#include "controller/virtual_node/settings.hpp"
#include "policies/combine/allocator.hpp"

namespace spillway::wiring {

/// Whether the record is of a group of a virtual node that its last look has still shown.
bool is_on_node(const GroupRecord& record);

/// What the groups of all workloads take at this moment, those of the node not counted.
struct OtherBurst {
  int replicas{0};
  HourlyPrice rent{};
};

class NodePurse final : public virtual_node::Purse {
 public:
  struct Parts {
    Store& store;
    std::string node;  ///< its name
    virtual_node::SpendCaps caps;
    AllocatorSettings shared;
    std::function<HourlyPrice(const Place&, const GroupSize&)> price;
    std::function<OtherBurst()> others;
  };

  /// What the parts refer to must outlive it.
  explicit NodePurse(Parts parts) : parts_{std::move(parts)} {}

  /// Also writes the bill, once a minute and whenever a group came or went. A bill that cannot be
  /// written is written with the next one, as it is then.
  void note(const std::vector<ProviderGroup>& groups, TimePoint now) override;

  /// With a cap: all groups of the node, with this one, must be affordable for five more minutes in
  /// each period; an unknown price is refused, since it may be any. Without the store nothing is
  /// created either: nobody would know what is spent.
  std::optional<std::string> refuses(const Place& place, const GroupSize& size,
                                     TimePoint now) override;

  /// The name on the bill.
  std::string workload() const { return std::string{bill_prefix} + parts_.node; }

  /// No workload can be called so.
  static constexpr std::string_view bill_prefix{"node/"};

 private:
  std::optional<std::string> beyond_caps(HourlyPrice rent, TimePoint now);
  std::optional<std::string> beyond_shared_limits(HourlyPrice rent) const;

  Parts parts_;
  std::map<GroupId, GroupRecord> records_{};  ///< of groups that exist
  HourlyPrice rent_{};
  int count_{0};  ///< groups, those created since the last listing included
  TimePoint written_at_{};
};

}  // namespace spillway::wiring
