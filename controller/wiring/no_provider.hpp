// What stands in for a burst provider that the settings do not have: nothing runs there, and
// nothing can be asked of it. For mode `observe`, which decides and explains without one.
#pragma once

#include "controller/provider/burst_provider.hpp"
#include "controller/provider/standby_pools.hpp"

namespace spillway::wiring {

class NoProvider final : public BurstProvider, public StandbyPools {
 public:
  boost::asio::awaitable<Result<void>> create(GroupRequest request, io::Deadline deadline) override;
  boost::asio::awaitable<Result<ProviderGroup>> get(GroupId id, io::Deadline deadline) override;
  /// None, as a fact.
  boost::asio::awaitable<Result<Listing>> list(io::Deadline deadline) override;
  boost::asio::awaitable<Result<void>> remove(GroupId id, io::Deadline deadline) override;
  boost::asio::awaitable<Result<std::vector<Usage>>> usages(Place place,
                                                            io::Deadline deadline) override;
  boost::asio::awaitable<Result<std::string>> logs(GroupId id, LogQuery query,
                                                   io::Deadline deadline) override;
  int create_tokens(TimePoint now) const override;

  boost::asio::awaitable<Result<StandbyStock>> keep(StandbyOrder order,
                                                    io::Deadline deadline) override;
  boost::asio::awaitable<Result<std::vector<std::string>>> remove_others(
      std::vector<StandbyOrder> orders, io::Deadline deadline) override;
  boost::asio::awaitable<Result<std::vector<OwnPool>>> list_pools(io::Deadline deadline) override;
  boost::asio::awaitable<Result<void>> remove_pool(OwnPool pool, io::Deadline deadline) override;
};

}  // namespace spillway::wiring
