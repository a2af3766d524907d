// Standby pools without a cloud: members become ready after a cold start, are charged for from the
// first second on, and are handed out to a FakeProvider through its `takes_warm`.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "controller/io/clock.hpp"
#include "controller/provider/burst_provider.hpp"
#include "controller/provider/standby_pools.hpp"

namespace spillway::testing {

class FakeStandby final : public StandbyPools {
 public:
  explicit FakeStandby(io::Clock& clock) : clock_{clock} {}

  boost::asio::awaitable<Result<StandbyStock>> keep(StandbyOrder order,
                                                    io::Deadline deadline) override;
  boost::asio::awaitable<Result<std::vector<std::string>>> remove_others(
      std::vector<StandbyOrder> orders, io::Deadline deadline) override;
  boost::asio::awaitable<Result<std::vector<OwnPool>>> list_pools(io::Deadline deadline) override;
  boost::asio::awaitable<Result<void>> remove_pool(OwnPool pool, io::Deadline deadline) override;

  /// Takes a member that is ready, and begins another one.
  bool take(const GroupRequest& request);
  /// Members of all pools, ready or not.
  int members() const;
  /// The time that members were charged for, those that are gone included.
  Duration billed_time() const;

  Duration start_time{std::chrono::seconds{30}};
  bool shows_stock_and_has_none{false};  ///< what a degraded pool looks like
  bool has_no_room{false};               ///< what is taken or removed is not filled up again
  std::optional<Error> outage{};
  std::vector<std::string> calls{};  ///< `keep web 2`, when it differs from the last one

 private:
  struct Pool {
    StandbyOrder order{};
    std::vector<TimePoint> created{};
  };
  void fit(Pool& pool);
  void drop(const TimePoint& created) { billed_ += clock_.now() - created; }

  io::Clock& clock_;
  std::map<std::string, Pool> pools_{};  // by workload
  Duration billed_{};
};

}  // namespace spillway::testing
