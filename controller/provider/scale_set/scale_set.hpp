// An Azure VM scale set as a pool of machines: reads `sku.capacity` and the instances' states, and
// changes the capacity alone (Microsoft.Compute, api-version 2024-07-01). Autoscale rules of Azure
// on the same set would fight with it; there must be none.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>
#include <string_view>

#include "controller/provider/aci/arm_client.hpp"
#include "controller/provider/scale_set/settings.hpp"
#include "controller/provider/vm_pool.hpp"

namespace spillway::scale_set {

/// `sku.capacity` and whether a change is under way. Error: `malformed`.
Result<VmPoolState> parse_set(std::string_view body);
/// The number of instances whose provisioning has succeeded. Error: `malformed`.
Result<int> parse_ready(std::string_view body);

class ScaleSet final : public MachinePool {
 public:
  /// Nothing is left empty in `settings`. `arm` must outlive the object.
  ScaleSet(aci::ArmClient& arm, const Settings& settings);

  boost::asio::awaitable<Result<VmPoolState>> observe(io::Deadline deadline) override;
  boost::asio::awaitable<Result<void>> resize(int machines, io::Deadline deadline) override;

 private:
  aci::ArmRequest request(std::string_view end, std::string what) const;

  aci::ArmClient& arm_;
  std::string name_;
  std::string path_;
};

}  // namespace spillway::scale_set
