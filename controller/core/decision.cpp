#include "controller/core/decision.hpp"

#include <fmt/format.h>

namespace spillway {

std::string summary(const Decision& decision) {
  std::string text{fmt::format("{}: desired {}, burst {}", to_string(decision.because),
                               decision.desired.count, decision.burst.count)};
  for (const TrailStep& step : decision.trail) {
    if (step.before == step.after) continue;
    text += fmt::format(" ({} {} -> {}: {})", step.who, step.before.count, step.after.count,
                        to_string(step.because));
  }
  return text;
}

}  // namespace spillway
