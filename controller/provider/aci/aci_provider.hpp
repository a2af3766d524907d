// Burst capacity in Azure Container Instances: the provider contract over ARM requests, in all
// subscriptions, resource groups and regions of the settings, and in former ones what is left.
// Keeps no list of groups: Azure's is the truth, which GroupFinder reads. What it does keep is the
// count of creates and deletes, and where the running creations report their end. One thread: the
// one that runs the io_context.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "controller/io/clock.hpp"
#include "controller/provider/aci/aci_settings.hpp"
#include "controller/provider/aci/aci_standby.hpp"
#include "controller/provider/aci/arm_client.hpp"
#include "controller/provider/aci/former_scopes.hpp"
#include "controller/provider/aci/group_finder.hpp"
#include "controller/provider/aci/rate_limits.hpp"
#include "controller/provider/burst_provider.hpp"

namespace spillway::aci {

class AciProvider final : public BurstProvider {
 public:
  /// `owner` is the value of our owner tag. `arm` and `clock` must outlive the provider.
  AciProvider(ArmClient& arm, io::Clock& clock, AciSettings settings, std::string owner);

  boost::asio::awaitable<Result<void>> create(GroupRequest request, io::Deadline deadline) override;
  boost::asio::awaitable<Result<ProviderGroup>> get(GroupId id, io::Deadline deadline) override;
  boost::asio::awaitable<Result<Listing>> list(io::Deadline deadline) override;
  boost::asio::awaitable<Result<void>> remove(GroupId id, io::Deadline deadline) override;
  boost::asio::awaitable<Result<std::vector<Usage>>> usages(Place place,
                                                            io::Deadline deadline) override;
  boost::asio::awaitable<Result<std::string>> logs(GroupId id, LogQuery query,
                                                   io::Deadline deadline) override;
  int create_tokens(TimePoint now) const override;
  int create_tokens_in(const Place& place, TimePoint now) const override;
  void note_past_create(const Place& place, TimePoint at) override;
  void note_past_remove(const Place& place, TimePoint at) override;

  /// From now on a create takes a member of `standby`'s pools where there is one, and starts a cold
  /// group under the same name if there turns out to be none. Must outlive the provider.
  void take_from(AciStandby& standby) { standby_ = &standby; }

  /// From now on groups are also looked for in the scopes of `former`, which hears what is there.
  /// Nothing is created in them. Must outlive the provider.
  void also_look_in(FormerScopes& former) { finder_.also_look_in(former); }

  /// From now on creates and deletes are counted together with those of `other`, as Azure does it
  /// for all that comes from one subscription.
  void count_with(const AciProvider& other) { rates_ = other.rates_; }

 private:
  /// ACI counts creates and deletes for each region of a subscription.
  struct Rate {
    explicit Rate(const AciSettings& settings)
        : creates{settings.creates}, deletes{settings.deletes} {}
    TokenWindow creates;
    TokenWindow deletes;
  };

  boost::asio::awaitable<Result<void>> put_group(GroupRequest request, Scope scope,
                                                 std::string body, io::Deadline deadline);
  boost::asio::awaitable<Result<void>> explain_failure(ProviderGroup& group, io::Deadline deadline);
  std::optional<WarmMember> member_for(const GroupRequest& request);
  void remember_take(const GroupId& id, const WarmMember& member);
  void remember_operation(const GroupId& id, const io::Headers& headers);
  void remember_removal(const GroupId& id);
  void forget(const GroupId& id);
  Rate& rate_of(const Place& place);

  ArmClient& arm_;
  io::Clock& clock_;
  AciSettings settings_;
  std::string owner_;
  GroupFinder finder_;
  AciStandby* standby_{nullptr};
  using Rates = std::map<std::pair<std::string, std::string>, Rate>;  // by subscription and region
  std::shared_ptr<Rates> rates_{std::make_shared<Rates>()};
  std::set<GroupId> being_removed_{};                 // whose deletion Azure has accepted
  std::map<GroupId, WarmMember> unanswered_takes_{};  // from a pool, sent and not answered
  std::map<GroupId, std::string> operations_{};  // where the creation of a group reports its end
};

}  // namespace spillway::aci
