#include "controller/io/connection_pool.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

namespace spillway::io {

namespace asio = boost::asio;

/// One request in the queue. The slot it is granted is given back if nobody picks it up.
struct ConnectionPool::Waiter {
  Waiter(std::shared_ptr<ConnectionPool> owner, std::string name)
      : pool{std::move(owner)},
        origin{std::move(name)},
        turn{pool->context_, asio::steady_timer::time_point::max()} {
    pool->origins_[origin].waiting.push_back(this);
  }
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;
  ~Waiter() {
    if (is_granted) {
      pool->release(origin);
    } else if (!is_done) {
      std::erase(pool->origins_[origin].waiting, this);
    }
  }

  std::shared_ptr<ConnectionPool> pool;
  std::string origin;
  asio::steady_timer turn;  // never expires: its cancellation is the signal
  bool is_granted{false};
  bool is_done{false};
};

ConnectionPool::Lease::Lease(std::shared_ptr<ConnectionPool> pool, std::string origin)
    : pool_{std::move(pool)}, origin_{std::move(origin)} {}

ConnectionPool::Lease::~Lease() {
  if (pool_) pool_->release(origin_);
}

void ConnectionPool::Lease::keep() {
  SPILLWAY_ASSERT(stream != nullptr);
  const TimePoint now{pool_->clock_.now()};
  pool_->origins_[origin_].idle.push_back(Idle{.stream = std::move(stream), .since = now});
}

ConnectionPool::ConnectionPool(asio::io_context& context, Clock& clock, Limits limits)
    : context_{context}, clock_{clock}, limits_{limits} {}

asio::awaitable<Result<ConnectionPool::Lease>> ConnectionPool::acquire(std::string origin,
                                                                       bool wants_new) {
  const auto self = shared_from_this();
  close_expired();
  if (const Origin & entry{origins_[origin]}; entry.in_use >= limits_.in_use_max) {
    if (entry.waiting.size() >= limits_.waiting_max) {
      co_return Error{
          Errc::unavailable,
          fmt::format("{} requests to this server are waiting already", entry.waiting.size())};
    }
    Waiter waiter{self, origin};
    boost::system::error_code woken{};
    co_await waiter.turn.async_wait(asio::redirect_error(asio::use_awaitable, woken));
    if (!waiter.is_granted) co_return Error{Errc::cancelled, "waiting for a connection"};
    waiter.is_granted = false;  // from here on the lease holds the slot
    waiter.is_done = true;
  } else {
    ++origins_[origin].in_use;
  }
  Lease lease{self, origin};
  Origin& entry{origins_[origin]};
  if (wants_new) entry.idle.clear();
  lease.stream = take_idle(entry);
  co_return lease;
}

std::unique_ptr<ByteStream> ConnectionPool::take_idle(Origin& origin) {
  while (!origin.idle.empty()) {
    auto stream = std::move(origin.idle.back().stream);
    origin.idle.pop_back();
    if (stream->is_quiet()) return stream;
  }
  return nullptr;
}

void ConnectionPool::release(const std::string& name) {
  const auto found = origins_.find(name);
  SPILLWAY_ASSERT(found != origins_.end() && found->second.in_use > 0);
  Origin& origin{found->second};
  if (!origin.waiting.empty()) {
    // The slot passes to the one who has waited longest; in_use stays as it is.
    Waiter& next{*origin.waiting.front()};
    origin.waiting.pop_front();
    next.is_granted = true;
    next.turn.cancel();
    return;
  }
  --origin.in_use;
  if (origin.in_use == 0 && origin.idle.empty()) origins_.erase(found);
}

void ConnectionPool::close_expired() {
  const TimePoint oldest{clock_.now() - limits_.idle_limit};
  for (auto entry = origins_.begin(); entry != origins_.end();) {
    Origin& origin{entry->second};
    while (!origin.idle.empty() && origin.idle.front().since < oldest) origin.idle.pop_front();
    const bool is_unused{origin.in_use == 0 && origin.idle.empty() && origin.waiting.empty()};
    entry = is_unused ? origins_.erase(entry) : std::next(entry);
  }
}

std::size_t ConnectionPool::idle_count() const {
  std::size_t count{0};
  for (const auto& [name, origin] : origins_) count += origin.idle.size();
  return count;
}

}  // namespace spillway::io
