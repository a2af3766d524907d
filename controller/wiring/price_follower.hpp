// When the price list is read: at the start, once a day, and an hour after a failure. Knows neither
// where prices come from nor what is done with them. One thread.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>

#include "controller/core/error.hpp"
#include "controller/io/clock.hpp"
#include "controller/io/deadline.hpp"
#include "controller/provider/aci/retail_prices.hpp"

namespace spillway::wiring {

/// How often the price list is asked again: prices change a few times a year.
inline constexpr Duration price_refresh{std::chrono::hours{24}};
/// After a failure, so that a start without network has no yesterday's prices for a day.
inline constexpr Duration price_retry{std::chrono::hours{1}};
/// For all pages of all regions.
inline constexpr Duration price_timeout{std::chrono::minutes{2}};

struct PriceFollower {
  /// False once there is no list to ask any more: `follow_prices` ends then.
  std::function<bool()> is_wanted{};
  std::function<boost::asio::awaitable<Result<aci::PriceBook>>(io::Deadline)> fetch{};
  /// What was read, and when.
  std::function<void(const aci::PriceBook&, TimePoint)> use{};
};

/// Runs until `is_wanted` says no or it is cancelled. Without an answer the prices stay as they
/// are, which is logged. `clock` must outlive it.
boost::asio::awaitable<void> follow_prices(io::Clock& clock, PriceFollower follower);

}  // namespace spillway::wiring
