// Which queries a tick asks, and which reading each answer feeds: worked out once per config, pure.
// The same question is asked once per tick, however many workloads want the answer; a shared query
// costs one question for all of them.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "metrics/judge.hpp"
#include "metrics/metric_source.hpp"
#include "metrics/signal_settings.hpp"

namespace spillway {

/// What the config says about one workload, as far as reading is concerned.
struct WorkloadSignals {
  std::string workload{};
  std::map<std::string, std::string> labels{};
  std::map<std::string, SignalSettings> signals{};  ///< its own; they go before shared ones
};

struct ReadPlan {
  using Index = std::uint32_t;
  static constexpr Index none{0xffffffff};

  /// One reading of one workload. Indices into the lists below; lean, for there are many.
  struct Use {
    Index workload{0};
    Index signal{0};
    Index source{0};
    Index query{0};
    Index sample_times{none};  ///< the freshness query
    Index rules{0};
    std::string key{};  ///< the workload's value of the join label; empty: not shared
  };

  std::vector<std::string> workloads{};
  std::vector<std::string> signals{};
  std::vector<std::string> sources{};
  std::vector<std::vector<Query>> queries{};  ///< for each source
  std::vector<TrustRules> rules{};
  std::vector<Use> uses{};
};

struct PlannedReads {
  ReadPlan plan{};
  /// What is wrong with the config, each with its place and the way out; a use with a problem is
  /// left out of the plan.
  std::vector<std::string> problems{};
};

PlannedReads plan_reads(const std::vector<WorkloadSignals>& workloads,
                        const std::vector<SharedQuerySettings>& shared,
                        const std::vector<std::string>& source_names);

}  // namespace spillway
