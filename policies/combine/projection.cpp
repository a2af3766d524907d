#include "policies/combine/projection.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "policies/staffing.hpp"

namespace spillway {

void describe(Fields& fields, ProjectionSettings& settings) {
  fields.flag("enabled", settings.is_enabled,
              "Whether a scale-in first asks how busy those that stay would be.");
  fields.ratio("stay_below", settings.stay_below, {.min = 0.05, .max = 10.0},
               "A scale-in may not bring the utilization of those that stay to this.");
  fields.text("signal", settings.signal, {.max_length = 64}, "The utilization signal to read.");
}

std::optional<Projected> project_scale_in(Replicas current, const Snapshot& now,
                                          const ProjectionSettings& settings) {
  if (!settings.is_enabled) return std::nullopt;
  const auto utilization{now.readings[settings.signal].fresh_value()};
  if (!utilization || !now.fleet.base || !now.fleet.burst) {
    return Projected{.fewest = current, .words = "how busy the replicas are is unknown"};
  }
  const Replicas serving{serving_replicas(now.fleet)};
  const double busy{std::max(0.0, *utilization) * serving.count};
  const double exact{std::floor(busy / settings.stay_below) + 1.0};
  const Replicas fewest{
      busy <= 0.0 ? 0
                  : static_cast<int>(std::min(exact, static_cast<double>(most_replicas.count)))};
  return Projected{.fewest = std::min(current, fewest),
                   .words = fmt::format("{} at {:.0f} %: fewer than {} would run at {:g} % or more",
                                        serving.count, 100.0 * *utilization, fewest.count,
                                        100.0 * settings.stay_below)};
}

}  // namespace spillway
