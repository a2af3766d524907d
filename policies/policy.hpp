// The whole plug-in surface of a policy: a pure function from what is seen and remembered to what
// is asked for. No clock, no IO, no logger, no random source; `now.taken_at` is the only time there
// is.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "controller/core/history.hpp"
#include "controller/core/recommendation.hpp"
#include "controller/core/snapshot.hpp"

namespace spillway {

class Policy {
 public:
  virtual ~Policy() = default;

  /// The `type:` in the config file; also the key of its memory in the history.
  virtual std::string_view name() const = 0;

  /// The signals that it reads: `spillway check` tells which of them nothing provides.
  virtual std::vector<std::string> signals() const { return {}; }

  /// True if it waits by itself before it asks for fewer, or never asks for a floor: another wait,
  /// unless somebody sets one, would only cost rent. Where every policy is so, the usual window is
  /// 0 s.
  virtual bool holds_by_itself() const { return false; }

  /// True if it never asks for replicas, only says how many are too many: policies that are all so
  /// never scale out.
  virtual bool only_limits() const { return false; }

  /// What this policy asks for. Deterministic: the same snapshot and history give the same answer,
  /// in the live loop, in a backtest and in a replay.
  virtual Recommendation recommend(const Snapshot& now, const History& past) const = 0;
};

}  // namespace spillway
