#include "tests/support/fake_standby.hpp"

#include <algorithm>
#include <utility>

namespace asio = boost::asio;

namespace spillway::testing {

void FakeStandby::fit(Pool& pool) {
  while (std::ssize(pool.created) > pool.order.ready) {
    drop(pool.created.back());
    pool.created.pop_back();
  }
  if (has_no_room) return;
  while (std::ssize(pool.created) < pool.order.ready) pool.created.push_back(clock_.now());
}

asio::awaitable<Result<StandbyStock>> FakeStandby::keep(StandbyOrder order, io::Deadline) {
  const std::string call{"keep " + order.workload + " " + std::to_string(order.ready)};
  if (calls.empty() || calls.back() != call) calls.push_back(call);
  if (outage) co_return *outage;
  Pool& pool{pools_[order.workload]};
  const bool is_another{pool.order.template_hash != order.template_hash};
  pool.order = std::move(order);
  if (is_another) {
    for (const TimePoint created : pool.created) drop(created);
    pool.created.clear();
  }
  fit(pool);
  StandbyStock stock{};
  for (const TimePoint created : pool.created) {
    const bool is_ready{clock_.now() - created >= start_time};
    (is_ready ? stock.running : stock.creating) += 1;
  }
  co_return stock;
}

asio::awaitable<Result<std::vector<std::string>>> FakeStandby::remove_others(
    std::vector<StandbyOrder> orders, io::Deadline) {
  std::vector<std::string> removed{};
  for (auto& [workload, pool] : pools_) {
    const std::string& name{workload};  // clang 14 lets no lambda capture a structured binding
    const bool is_wanted{std::ranges::any_of(orders, [&](const StandbyOrder& order) {
      return order.workload == name && order.ready > 0;
    })};
    if (is_wanted || pool.created.empty()) continue;
    pool.order.ready = 0;
    fit(pool);
    removed.push_back(workload);
  }
  co_return removed;
}

asio::awaitable<Result<std::vector<OwnPool>>> FakeStandby::list_pools(io::Deadline) {
  std::vector<OwnPool> all{};
  for (const auto& [workload, pool] : pools_) {
    if (pool.created.empty()) continue;
    OwnPool own{};
    own.name = own.workload = workload;
    all.push_back(std::move(own));
  }
  co_return all;
}

asio::awaitable<Result<void>> FakeStandby::remove_pool(OwnPool own, io::Deadline) {
  const auto found{pools_.find(own.name)};
  if (found == pools_.end()) co_return Result<void>{};
  found->second.order.ready = 0;
  fit(found->second);
  co_return Result<void>{};
}

bool FakeStandby::take(const GroupRequest& request) {
  const auto found{pools_.find(request.tags.workload)};
  if (found == pools_.end() || shows_stock_and_has_none) return false;
  Pool& pool{found->second};
  const bool fits{pool.order.place == request.place && pool.order.size == request.size &&
                  pool.order.template_hash == request.tags.template_hash};
  const auto ready{std::ranges::find_if(
      pool.created, [&](TimePoint created) { return clock_.now() - created >= start_time; })};
  if (!fits || ready == pool.created.end()) return false;
  drop(*ready);
  pool.created.erase(ready);
  fit(pool);
  return true;
}

int FakeStandby::members() const {
  int count{0};
  for (const auto& [workload, pool] : pools_) count += static_cast<int>(pool.created.size());
  return count;
}

Duration FakeStandby::billed_time() const {
  Duration sum{billed_};
  for (const auto& [workload, pool] : pools_) {
    for (const TimePoint created : pool.created) sum += clock_.now() - created;
  }
  return sum;
}

}  // namespace spillway::testing
