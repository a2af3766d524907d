#include "controller/provider/aci/arm_pacing.hpp"

#include <algorithm>

#include "controller/core/error.hpp"

namespace spillway::aci {

ArmBucket bucket_of(std::string_view method) {
  if (method == "GET" || method == "HEAD") return ArmBucket::reads;
  return method == "DELETE" ? ArmBucket::deletes : ArmBucket::writes;
}

BucketLimits limits_of(ArmBucket bucket) {
  if (bucket != ArmBucket::reads) return {.size = 200.0, .per_second = 10.0};
  return {.size = 250.0, .per_second = 25.0, .reserved = 50.0, .reserved_per_second = 10.0};
}

ArmPacer::Stock ArmPacer::stock_at(TimePoint now) const {
  const double passed{std::max(0.0, seconds(now - counted_at_))};
  const double open_max{limits_.size - limits_.reserved};
  Stock stock{stock_};
  const double kept{
      std::min(limits_.reserved - stock.reserved, passed * limits_.reserved_per_second)};
  stock.reserved += kept;
  stock.open += passed * limits_.per_second - kept;
  const double over{std::max(0.0, stock.open - open_max)};
  stock.open -= over;
  stock.reserved = std::min(limits_.reserved, stock.reserved + over);
  return stock;
}

ArmPacer::Offer ArmPacer::offer(const Stock& stock, ArmShare share) const {
  // A token that is there but for rounding is there.
  const auto wait_for{[](double missing, double per_second) {
    return missing <= 1e-9 ? Duration::zero() : duration_of_seconds(missing / per_second);
  }};
  const Offer open{
      .wait = wait_for(1.0 - stock.open, limits_.per_second - limits_.reserved_per_second)};
  const bool has_reserve{share != ArmShare::open && limits_.reserved > 0.0};
  if (!has_reserve) return open;
  const bool is_whole{share == ArmShare::whole_reserve};
  const double spared{is_whole ? 0.0 : limits_.reserved / 2.0};
  const Offer reserve{.wait = wait_for(1.0 + spared - stock.reserved, limits_.reserved_per_second),
                      .is_reserve = true};
  // Only what comes first may run the reserve into debt: it would wait behind the others.
  const bool may_use{is_whole || reserve.wait == Duration::zero()};
  return may_use && reserve.wait <= open.wait ? reserve : open;
}

double ArmPacer::left(TimePoint now) const {
  const Stock stock{stock_at(now)};
  return stock.open + stock.reserved;
}

Duration ArmPacer::wait(TimePoint now, ArmShare share) const {
  return offer(stock_at(now), share).wait;
}

std::optional<Duration> ArmPacer::book(TimePoint now, Duration patience, ArmShare share) {
  Stock stock{stock_at(now)};
  const Offer found{offer(stock, share)};
  if (found.wait > patience) return std::nullopt;
  (found.is_reserve ? stock.reserved : stock.open) -= 1.0;
  stock_ = stock;
  counted_at_ = now;
  ++under_way_;
  return found.wait;
}

void ArmPacer::on_answered(TimePoint now, std::optional<int> left_there) {
  SPILLWAY_ASSERT(under_way_ > 0);
  --under_way_;
  if (!left_there) return;
  // What is under way may or may not be counted there yet: assume it is not.
  const double left{std::min(limits_.size, static_cast<double>(*left_there - under_way_))};
  // The most of what is under way waits for tokens that are yet to come: that is the open stock's
  // debt, and the reserve stands as far as Azure has as many.
  const double reserved{
      std::min(stock_at(now).reserved, std::max(0.0, static_cast<double>(*left_there)))};
  stock_ = {left - reserved, reserved};
  counted_at_ = now;
}

bool is_limit_of(ArmBucket bucket, std::string_view field) {
  constexpr std::string_view prefix{"x-ms-ratelimit-remaining-"};
  if (!field.starts_with(prefix)) return false;
  field.remove_prefix(prefix.size());
  if (field == "subscription-resource-requests") return true;
  const std::string_view word{bucket == ArmBucket::reads    ? "-reads"
                              : bucket == ArmBucket::writes ? "-writes"
                                                            : "-deletes"};
  return (field.starts_with("subscription-") || field.starts_with("tenant-")) &&
         field.ends_with(word);
}

}  // namespace spillway::aci
