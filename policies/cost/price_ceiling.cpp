#include "policies/cost/price_ceiling.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "policies/cost/burst_room.hpp"
#include "policies/staffing.hpp"

namespace spillway {

void describe(Fields& fields, PriceCeilingSettings& settings) {
  static constexpr std::array<std::string_view, 2> words{"keep", "shrink"};
  fields.hourly_price("max_price", settings.max_price,
                      "The most that one burst replica may cost per hour.");
  fields.hourly_price("max_rent", settings.max_rent,
                      "The most that all burst replicas together may cost per hour.");
  choose(fields, "when_exceeded", settings.when_exceeded, words,
         "What happens to running replicas beyond a limit: `keep` them and add none, or `shrink`, "
         "which drains them.");
  fields.require(settings.max_price || settings.max_rent, "needs max_price or max_rent");
}

PriceCeiling::PriceCeiling(Settings settings) : settings_{settings} {}

Recommendation PriceCeiling::recommend(const Snapshot& now, const History& past) const {
  const Money price{now.replica_price.per_hour};
  const bool is_priced{price > Money{}};
  Recommendation asked{
      .policy = std::string{type},
      .words = is_priced ? "no limit is reached"
                         : "the price of a replica is unknown, and so max_rent limits nothing"};
  std::optional<Replicas> allowed{};
  if (settings_.max_rent && is_priced) {
    const double exact{settings_.max_rent->per_hour.usd() / price.usd()};
    allowed = Replicas{static_cast<int>(
        std::clamp(std::floor(exact + 1e-9), 0.0, static_cast<double>(most_replicas.count)))};
    asked.words =
        fmt::format("{}/h for all at {}/h each: {} burst replicas",
                    to_string(settings_.max_rent->per_hour), to_string(price), allowed->count);
  }
  if (settings_.max_price && (!is_priced || price > settings_.max_price->per_hour)) {
    allowed = 0_replicas;
    asked.words = is_priced
                      ? fmt::format("a replica costs {}/h, allowed are {}/h", to_string(price),
                                    to_string(settings_.max_price->per_hour))
                      : std::string{"the price of a replica is unknown"};
  }
  if (!allowed) return asked;
  asked.because = Because::too_dear;
  const auto running{running_burst(now, past)};
  // An unknown price is no reason to stop what serves.
  const bool keeps{settings_.when_exceeded == WhenDear::keep || !is_priced};
  if (keeps && running && *running > *allowed) {
    asked.words += fmt::format("; the {} that run are kept", running->count);
    allowed = running;
  }
  asked.ceiling = total_with_burst(*allowed, now, past);
  if (!asked.ceiling) asked.words += "; the cluster is unknown";
  return asked;
}

}  // namespace spillway
