// Burst capacity in Azure Container Instances: the provider contract over ARM requests. One
// resource group in one subscription; the region of each group comes with its request. Keeps no
// list of groups: Azure's is the truth. What it does keep is the count of creates and deletes, and
// where the running creations report their end. One thread: the one that runs the io_context.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <map>
#include <string>
#include <vector>

#include "controller/io/clock.hpp"
#include "controller/provider/aci/aci_settings.hpp"
#include "controller/provider/aci/arm_client.hpp"
#include "controller/provider/aci/rate_limits.hpp"
#include "controller/provider/burst_provider.hpp"

namespace spillway::aci {

class AciProvider final : public BurstProvider {
 public:
  /// `owner` is the value of our owner tag. `arm` and `clock` must outlive the provider.
  AciProvider(ArmClient& arm, io::Clock& clock, AciSettings settings, std::string owner);

  boost::asio::awaitable<Result<void>> create(GroupRequest request, io::Deadline deadline) override;
  boost::asio::awaitable<Result<ProviderGroup>> get(GroupId id, io::Deadline deadline) override;
  boost::asio::awaitable<Result<std::vector<ProviderGroup>>> list(io::Deadline deadline) override;
  boost::asio::awaitable<Result<void>> remove(GroupId id, io::Deadline deadline) override;
  boost::asio::awaitable<Result<std::vector<Usage>>> usages(Place place,
                                                            io::Deadline deadline) override;
  boost::asio::awaitable<Result<std::string>> logs(GroupId id, int lines,
                                                   io::Deadline deadline) override;
  int create_tokens(TimePoint now) const override;

 private:
  boost::asio::awaitable<Result<ProviderGroup>> look_at(GroupId id, io::Deadline deadline);
  boost::asio::awaitable<Result<void>> explain_failure(ProviderGroup& group, io::Deadline deadline);
  void remember_operation(const GroupId& id, const io::Headers& headers);
  std::string groups_path() const;
  std::string group_path(const GroupId& id) const;

  ArmClient& arm_;
  io::Clock& clock_;
  AciSettings settings_;
  std::string owner_;
  TokenWindow creates_;
  TokenWindow deletes_;
  std::map<GroupId, std::string> operations_{};  // where the creation of a group reports its end
};

}  // namespace spillway::aci
