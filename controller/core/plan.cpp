#include "controller/core/plan.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace spillway {

void withhold_creates(Plan& plan, Because because) {
  if (plan.creates.empty()) return;
  Replicas count{};
  for (const CreateGroup& each : plan.creates) count += each.size.replicas;
  plan.withheld.push_back({.count = count, .because = because});
  plan.creates.clear();
}

std::string summary(const Plan& plan) {
  std::vector<std::string> parts{};
  if (!plan.creates.empty()) parts.push_back(fmt::format("create {}", plan.creates.size()));
  if (!plan.readmits.empty()) parts.push_back(fmt::format("readmit {}", plan.readmits.size()));
  if (!plan.drains.empty()) parts.push_back(fmt::format("drain {}", plan.drains.size()));
  for (const Withheld& withheld : plan.withheld) {
    parts.push_back(
        fmt::format("withhold {} ({})", withheld.count.count, to_string(withheld.because)));
  }
  if (parts.empty()) return "nothing to do";
  return fmt::format("{}", fmt::join(parts, ", "));
}

}  // namespace spillway
