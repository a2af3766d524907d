#include "controller/core/reading.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "controller/core/error.hpp"

namespace spillway {

std::string_view to_string(Quality quality) {
  switch (quality) {
    case Quality::fresh:
      return "fresh";
    case Quality::stale:
      return "stale";
    case Quality::missing:
      return "missing";
  }
  return "missing";
}

Reading::Reading(Quality quality, double value, TimePoint sampled_at, std::string why)
    : quality_{quality}, value_{value}, sampled_at_{sampled_at}, why_{std::move(why)} {
  SPILLWAY_ASSERT(std::isfinite(value));
}

Reading Reading::fresh(double value, TimePoint sampled_at) {
  return {Quality::fresh, value, sampled_at, ""};
}

Reading Reading::stale(double value, TimePoint sampled_at, std::string why) {
  return {Quality::stale, value, sampled_at, std::move(why)};
}

Reading Reading::missing(std::string why) {
  return {Quality::missing, 0.0, TimePoint{}, std::move(why)};
}

std::optional<double> Reading::fresh_value() const {
  if (quality_ != Quality::fresh) return std::nullopt;
  return value_;
}

std::optional<double> Reading::last_value() const {
  if (quality_ == Quality::missing) return std::nullopt;
  return value_;
}

void Readings::set(std::string_view signal, Reading reading) {
  const auto found{std::ranges::find(by_signal_, signal, &Named::first)};
  if (found != by_signal_.end()) {
    found->second = std::move(reading);
    return;
  }
  const auto after{std::ranges::upper_bound(by_signal_, signal, {}, &Named::first)};
  by_signal_.emplace(after, signal, std::move(reading));
}

const Reading& Readings::operator[](std::string_view signal) const {
  static const Reading absent{};
  const auto found{std::ranges::find(by_signal_, signal, &Named::first)};
  return found == by_signal_.end() ? absent : found->second;
}

}  // namespace spillway
