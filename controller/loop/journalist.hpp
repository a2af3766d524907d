// Chooses which ticks go into the journal: those that decided or planned something new, and a
// heartbeat now and then, so that ten thousand quiet workloads cost no writing. Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "controller/core/decision.hpp"
#include "controller/core/plan.hpp"
#include "controller/core/units.hpp"

namespace spillway {

class Journalist {
 public:
  /// True if this tick of the workload belongs into the journal; remembers that it went there.
  /// `shadow` is what the shadow policies decided, null without any: news there is news, too.
  bool wants(const Decision& decision, const Plan& plan, Duration heartbeat,
             const Decision* shadow = nullptr);

  /// The workload's next tick goes into the journal, whatever it decides.
  void forget(const std::string& workload) { last_.erase(workload); }
  /// The same for all of them: what was taken for written was not.
  void forget_all() { last_.clear(); }

 private:
  struct Last {
    TimePoint at{};
    Replicas desired{};
    Replicas burst{};
    Because because{Because::steady};
    bool is_blind{false};
    std::vector<Withheld> withheld{};
    std::optional<Replicas> shadow{};  ///< its `desired`
  };

  std::map<std::string, Last> last_{};
};

}  // namespace spillway
