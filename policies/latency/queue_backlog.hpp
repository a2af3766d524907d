// For workers that take jobs from a queue: enough of them to keep up with what arrives and to work
// off the backlog within a promised time.
//
//   rate  = jobs that one busy worker completes per second: `replica_capacity`, or learned
//           while the queue was never empty:
//           (arrivals - growth of the queue per second) / serving
//   floor = ceil((arrivals + backlog / drain_time) / rate)
//   rate unknown yet and a backlog: what runs, and at least one more than serve
//
// Example: 4 jobs/s arrive, 600 wait, to be gone within 5 min, workers of 0.5 jobs/s each:
// (4 + 600 / 300) / 0.5 = 12 workers. A single waiting job asks for one worker (from zero, too).
// The arrivals are the signal `load`; without one (nothing configured, or missing while the queue
// is read) they count as what the serving workers complete, if anything waits.
// A missing or stale queue asks to hold. Source: Little's law; KEDA's queue scalers divide the
// backlog by a fixed length per worker, which knows neither time nor arrivals.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "controller/core/fields.hpp"
#include "policies/policy.hpp"

namespace spillway {

struct QueueBacklogSettings {
  Duration drain_time{std::chrono::minutes{5}};
  std::optional<double> replica_capacity_rps{};  ///< nothing: learned
  std::string signal{signal::queue};
};

void describe(Fields& fields, QueueBacklogSettings& settings);

class QueueBacklog final : public Policy {
 public:
  using Settings = QueueBacklogSettings;
  static constexpr std::string_view type{"queue_backlog"};
  static constexpr std::string_view help{
      "Enough workers to work off the backlog within a promised time."};

  explicit QueueBacklog(Settings settings);

  std::string_view name() const override { return type; }
  std::vector<std::string> signals() const override { return {settings_.signal}; }
  /// Memory: 4 numbers, discounted jobs and worker seconds, and the last backlog with its time.
  Recommendation recommend(const Snapshot& now, const History& past) const override;

 private:
  Settings settings_;
};

}  // namespace spillway
