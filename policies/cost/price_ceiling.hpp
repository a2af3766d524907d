// Bursts only while a replica is cheap enough, and only so many as their rent together may be.
//
//   price of a replica > max_price:   no further ones; the running ones stay, or go if told so
//   burst <= max_rent / price         the rent of all burst replicas at any moment
//
// Example: max_rent 3 USD/h at 0.0594 USD/h a replica: 50 burst replicas. With max_price 0.05 USD/h
// none is added at that price.
// An unknown price counts as too dear for growth if a max_price is set: whoever sets a limit wants
// it kept. A max_rent alone limits nothing then, and the words say so. Needs no reading.
// Source: the maximum price of spot capacity, as every cloud offers it.
#pragma once

#include <optional>

#include "controller/core/fields.hpp"
#include "policies/policy.hpp"

namespace spillway {

enum class WhenDear { keep, shrink };

struct PriceCeilingSettings {
  std::optional<HourlyPrice> max_price{};
  std::optional<HourlyPrice> max_rent{};
  WhenDear when_exceeded{WhenDear::keep};
};

void describe(Fields& fields, PriceCeilingSettings& settings);

class PriceCeiling final : public Policy {
 public:
  using Settings = PriceCeilingSettings;
  static constexpr std::string_view type{"price_ceiling"};
  static constexpr std::string_view help{
      "Burst only while a replica, and all of them together, cost no more than allowed."};

  explicit PriceCeiling(Settings settings);

  std::string_view name() const override { return type; }
  bool holds_by_itself() const override { return true; }
  bool only_limits() const override { return true; }
  Recommendation recommend(const Snapshot& now, const History& past) const override;

 private:
  Settings settings_;
};

}  // namespace spillway
