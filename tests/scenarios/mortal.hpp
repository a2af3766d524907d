// How a scenario kills a controller: once its life is over, everything it asks of the outside hangs
// until it is cancelled, and nothing it writes reaches the disk. What had been asked before stays
// done, exactly as after a `kill -9`.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "controller/provider/burst_provider.hpp"
#include "controller/provider/standby_pools.hpp"
#include "controller/traffic/traffic.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/memory_store.hpp"

namespace spillway::testing {

struct Life {
  bool is_over{false};
};

/// Hangs until the caller is cancelled.
inline boost::asio::awaitable<Error> hang(ManualClock& clock) {
  const auto slept = co_await clock.sleep_until(TimePoint::max());
  static_cast<void>(slept);
  co_return Error{Errc::cancelled, "killed"};
}

class MortalProvider final : public BurstProvider {
 public:
  MortalProvider(BurstProvider& cloud, ManualClock& clock, std::shared_ptr<Life> life)
      : cloud_{cloud}, clock_{clock}, life_{std::move(life)} {}

  boost::asio::awaitable<Result<void>> create(GroupRequest request,
                                              io::Deadline deadline) override {
    if (life_->is_over) co_return co_await hang(clock_);
    const auto answer = co_await cloud_.create(std::move(request), deadline);
    if (dies_after_create) life_->is_over = true;
    if (life_->is_over) co_return co_await hang(clock_);
    co_return answer;
  }
  boost::asio::awaitable<Result<ProviderGroup>> get(GroupId id, io::Deadline deadline) override {
    if (life_->is_over) co_return co_await hang(clock_);
    co_return co_await cloud_.get(std::move(id), deadline);
  }
  boost::asio::awaitable<Result<Listing>> list(io::Deadline deadline) override {
    if (life_->is_over) co_return co_await hang(clock_);
    co_return co_await cloud_.list(deadline);
  }
  boost::asio::awaitable<Result<void>> remove(GroupId id, io::Deadline deadline) override {
    if (life_->is_over) co_return co_await hang(clock_);
    const auto answer = co_await cloud_.remove(std::move(id), deadline);
    if (dies_after_remove) life_->is_over = true;
    if (life_->is_over) co_return co_await hang(clock_);
    co_return answer;
  }
  boost::asio::awaitable<Result<std::vector<Usage>>> usages(Place place,
                                                            io::Deadline deadline) override {
    if (life_->is_over) co_return co_await hang(clock_);
    co_return co_await cloud_.usages(std::move(place), deadline);
  }
  boost::asio::awaitable<Result<std::string>> logs(GroupId id, LogQuery query,
                                                   io::Deadline deadline) override {
    if (life_->is_over) co_return co_await hang(clock_);
    co_return co_await cloud_.logs(std::move(id), std::move(query), deadline);
  }
  int create_tokens(TimePoint now) const override { return cloud_.create_tokens(now); }
  int create_tokens_in(const Place& place, TimePoint now) const override {
    return cloud_.create_tokens_in(place, now);
  }
  void note_past_create(const Place& place, TimePoint at) override {
    past_creates.push_back(at);
    cloud_.note_past_create(place, at);
  }

  bool dies_after_create{false};  ///< the cloud has done it, nobody hears the answer
  bool dies_after_remove{false};
  std::vector<TimePoint> past_creates{};  ///< that it was told of

 private:
  BurstProvider& cloud_;
  ManualClock& clock_;
  std::shared_ptr<Life> life_;
};

class MortalStandby final : public StandbyPools {
 public:
  MortalStandby(StandbyPools& pools, ManualClock& clock, std::shared_ptr<Life> life)
      : pools_{pools}, clock_{clock}, life_{std::move(life)} {}

  boost::asio::awaitable<Result<StandbyStock>> keep(StandbyOrder order,
                                                    io::Deadline deadline) override {
    if (life_->is_over) co_return co_await hang(clock_);
    co_return co_await pools_.keep(std::move(order), deadline);
  }
  boost::asio::awaitable<Result<std::vector<std::string>>> remove_others(
      std::vector<StandbyOrder> orders, io::Deadline deadline) override {
    if (life_->is_over) co_return co_await hang(clock_);
    co_return co_await pools_.remove_others(std::move(orders), deadline);
  }
  boost::asio::awaitable<Result<std::vector<OwnPool>>> list_pools(io::Deadline deadline) override {
    if (life_->is_over) co_return co_await hang(clock_);
    co_return co_await pools_.list_pools(deadline);
  }
  boost::asio::awaitable<Result<void>> remove_pool(OwnPool pool, io::Deadline deadline) override {
    if (life_->is_over) co_return co_await hang(clock_);
    co_return co_await pools_.remove_pool(std::move(pool), deadline);
  }

 private:
  StandbyPools& pools_;
  ManualClock& clock_;
  std::shared_ptr<Life> life_;
};

class MortalTraffic final : public Traffic {
 public:
  MortalTraffic(Traffic& edge, ManualClock& clock, std::shared_ptr<Life> life)
      : edge_{edge}, clock_{clock}, life_{std::move(life)} {}

  const std::string& name() const override { return edge_.name(); }
  bool can_count() const override { return edge_.can_count(); }
  bool sees_all() const override { return edge_.sees_all(); }
  boost::asio::awaitable<Result<std::vector<ListedBackend>>> list(std::string workload,
                                                                  io::Deadline deadline) override {
    if (life_->is_over) co_return co_await hang(clock_);
    co_return co_await edge_.list(std::move(workload), deadline);
  }
  boost::asio::awaitable<Result<void>> admit(Backend backend, io::Deadline deadline) override {
    if (life_->is_over) co_return co_await hang(clock_);
    co_return co_await edge_.admit(std::move(backend), deadline);
  }
  boost::asio::awaitable<Result<void>> drain(Backend backend, io::Deadline deadline) override {
    if (life_->is_over) co_return co_await hang(clock_);
    co_return co_await edge_.drain(std::move(backend), deadline);
  }
  boost::asio::awaitable<Result<void>> evict(Backend backend, io::Deadline deadline) override {
    if (life_->is_over) co_return co_await hang(clock_);
    co_return co_await edge_.evict(std::move(backend), deadline);
  }

 private:
  Traffic& edge_;
  ManualClock& clock_;
  std::shared_ptr<Life> life_;
};

}  // namespace spillway::testing
