// The quantities Spillway computes with: time, counts of replicas, money.
// A quantity has a type of its own where a mix-up would cost money; plain ratios and rates are
// doubles whose name ends in the unit (`load_rps`, `target_utilization`).
// Pure values: no clock is read here.
#pragma once

#include <chrono>
#include <cmath>
#include <compare>
#include <cstdint>
#include <string>

namespace spillway {

/// Every duration and every instant has a resolution of one millisecond: exact in the journal,
/// fine enough for a loop period of one second.
using Duration = std::chrono::milliseconds;

/// An instant of the civil (UTC) time scale, the one that samples, schedules and bills share.
using TimePoint = std::chrono::sys_time<Duration>;

/// `d` in seconds, as formulas want it.
constexpr double seconds(Duration d) {
  return std::chrono::duration<double>(d).count();
}

/// The nearest millisecond to `s` seconds.
inline Duration duration_of_seconds(double s) {
  return Duration{static_cast<std::int64_t>(std::llround(s * 1000.0))};
}

/// A number of running copies of a workload. May be negative as a difference of two counts.
struct Replicas {
  int count{0};

  auto operator<=>(const Replicas&) const = default;
  constexpr Replicas& operator+=(Replicas other) { return count += other.count, *this; }
  constexpr Replicas& operator-=(Replicas other) { return count -= other.count, *this; }
};
constexpr Replicas operator+(Replicas a, Replicas b) {
  return {a.count + b.count};
}
constexpr Replicas operator-(Replicas a, Replicas b) {
  return {a.count - b.count};
}
constexpr Replicas operator""_replicas(unsigned long long n) {
  return {static_cast<int>(n)};
}

/// An amount in US dollars, held in nano-dollars: one vCPU-second in ACI costs 11 250 of them, so
/// per-second billing adds up without rounding; the range is +-9.2 billion dollars.
struct Money {
  std::int64_t nanos{0};

  auto operator<=>(const Money&) const = default;
  constexpr Money& operator+=(Money other) { return nanos += other.nanos, *this; }
  constexpr Money& operator-=(Money other) { return nanos -= other.nanos, *this; }
  constexpr double usd() const { return static_cast<double>(nanos) / 1e9; }
};
constexpr Money operator+(Money a, Money b) {
  return {a.nanos + b.nanos};
}
constexpr Money operator-(Money a, Money b) {
  return {a.nanos - b.nanos};
}

/// The nearest nano-dollar to `amount` US dollars.
inline Money usd(double amount) {
  return {static_cast<std::int64_t>(std::llround(amount * 1e9))};
}

/// What something costs while it runs, as price lists state it: US dollars per hour.
struct HourlyPrice {
  Money per_hour{};

  auto operator<=>(const HourlyPrice&) const = default;

  /// The bill for `time` at this price. Example: 0.0594 USD/h for 90 s is 0.001485 USD.
  Money for_time(Duration time) const { return usd(per_hour.usd() * seconds(time) / 3600.0); }
};
constexpr HourlyPrice operator+(HourlyPrice a, HourlyPrice b) {
  return {a.per_hour + b.per_hour};
}

/// `instant` as RFC 3339 in UTC with milliseconds: `2026-11-23T14:30:00.000Z`.
std::string to_string(TimePoint instant);

/// `d` in the largest units that keep it exact, as the config file writes it: `90s`, `1m30s`,
/// `250ms`.
std::string to_string(Duration d);

/// `amount` with as many decimals as a reader needs: `0.0015 USD`, `12.34 USD`.
std::string to_string(Money amount);

}  // namespace spillway
