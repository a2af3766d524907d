// Standby pools of Azure Container Instances: a container group profile and a pool of the same name
// for each workload, place and size that is kept warm. Remembers the stock as last seen, so that a
// create knows whether there is a member to take. One thread: the one that runs the io_context.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "controller/provider/aci/aci_settings.hpp"
#include "controller/provider/aci/arm_client.hpp"
#include "controller/provider/aci/former_scopes.hpp"
#include "controller/provider/aci/pool_client.hpp"
#include "controller/provider/aci/standby_body.hpp"
#include "controller/provider/standby_pools.hpp"

namespace spillway::aci {

class AciStandby final : public StandbyPools {
 public:
  /// `owner` is the value of our owner tag. `arm` must outlive the object.
  AciStandby(ArmClient& arm, AciSettings settings, std::string owner);

  boost::asio::awaitable<Result<StandbyStock>> keep(StandbyOrder order,
                                                    io::Deadline deadline) override;
  boost::asio::awaitable<Result<std::vector<std::string>>> remove_others(
      std::vector<StandbyOrder> orders, io::Deadline deadline) override;
  boost::asio::awaitable<Result<std::vector<OwnPool>>> list_pools(io::Deadline deadline) override;
  boost::asio::awaitable<Result<void>> remove_pool(OwnPool pool, io::Deadline deadline) override;

  /// From now on pools are also removed from the scopes of `former`, which hears what is there.
  /// Must outlive the object.
  void also_look_in(FormerScopes& former) {
    former_ = &former;
    witness_ = former.add_witness();
  }

  /// A member for `request`, counted as taken; nothing if the stock that was last seen has none
  /// that fits, in which case the group starts cold.
  std::optional<WarmMember> take(const GroupRequest& request);
  /// The stock was wrong: nothing is taken until it is looked at again.
  void found_empty(const WarmMember& member);

 private:
  struct Known {
    std::string template_hash{};
    WarmMember member{};
    int capacity{0};
    int running{0};
    int looks_not_believed{0};
  };
  /// A pool whose creation Azure accepted and then gave up.
  struct Failed {
    int in_a_row{0};
    int looks_to_wait{0};  ///< before it is written again
  };

  boost::asio::awaitable<Result<bool>> check(StandbyOrder order, std::string name,
                                             io::Deadline deadline);
  boost::asio::awaitable<Result<void>> make(StandbyOrder order, std::string name,
                                            io::Deadline deadline);
  boost::asio::awaitable<Result<bool>> list_in(Scope scope, bool is_former,
                                               std::vector<OwnPool>& found, io::Deadline deadline);
  /// What a look into a former scope has come to: whether nothing of ours was there.
  std::optional<Error> note_former(const Scope& scope, const Result<bool>& is_empty);
  boost::asio::awaitable<Result<bool>> sweep(Scope scope, std::vector<std::string> kept,
                                             std::vector<std::string>& removed,
                                             io::Deadline deadline);
  boost::asio::awaitable<Result<bool>> remove_in(Scope scope, std::vector<std::string> kept,
                                                 std::vector<std::string>& removed,
                                                 io::Deadline deadline);
  boost::asio::awaitable<Result<bool>> remove_profiles(Scope scope, std::vector<std::string> kept,
                                                       io::Deadline deadline);

  AciSettings settings_;
  std::string owner_;
  PoolClient pools_;
  FormerScopes* former_{nullptr};
  int witness_{0};
  std::map<std::string, Known> known_{};    // by name
  std::map<std::string, Failed> failed_{};  // likewise
};

}  // namespace spillway::aci
