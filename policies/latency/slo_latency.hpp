// As many replicas as the latency promise needs, by a queueing model whose service rate is learned:
// no utilization target to guess, and no capacity to state.
//
//   rate      = `replica_capacity`, or what a busy replica completes per second
//               (utilization_law.hpp)
//   floor     = fewest c with P(wait > `wait`) <= 1 - `within`, by M/M/c       (erlang.hpp)
//   optimism  : while more than 1 - `within` of the requests are late (signal `late`, if there is
//               one) although `floor` replicas serve, the rate counts 2 % less per 15 s, at most by
//               half; it recovers a tenth as fast
//   rate unknown yet: floor = ceil(serving * utilization / 0.7)
//
// Example: 60 req/s on 10 replicas at 60 % teach 10 req/s each; 90 req/s then need 11 replicas to
// keep 95 % of the waits within 200 ms: 82 % utilization, where a fixed 70 % would take 13.
// The rate in use is that of the ticks before, so that within one tick more load never asks for
// fewer. Without a utilization signal (`learn_from: latency`) the rate is the higher of ln(20) /
// p95 when the p95 was lowest, and the highest load per replica that kept the p95 within twice
// that. A missing or stale load asks to hold. Source: Erlang C; learning by the utilization law;
// see the two headers.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "controller/core/fields.hpp"
#include "policies/policy.hpp"

namespace spillway {

enum class LearnFrom { utilization, latency };

struct SloLatencySettings {
  Duration wait{std::chrono::milliseconds{200}};
  double within{0.95};
  std::optional<double> replica_capacity_rps{};  ///< nothing: learned
  LearnFrom learn_from{LearnFrom::utilization};
};

void describe(Fields& fields, SloLatencySettings& settings);

class SloLatency final : public Policy {
 public:
  using Settings = SloLatencySettings;
  static constexpr std::string_view type{"slo_latency"};
  static constexpr std::string_view help{
      "As many replicas as the waiting time allowed needs, by a queueing model that learns how "
      "much "
      "a replica can do."};

  explicit SloLatency(Settings settings);

  std::string_view name() const override { return type; }
  std::vector<std::string> signals() const override;
  /// Memory: 7 numbers, what was learned.
  Recommendation recommend(const Snapshot& now, const History& past) const override;

 private:
  Settings settings_;
};

}  // namespace spillway
