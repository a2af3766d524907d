// How much more is needed than the queueing model says: requests are late, and by the model the
// fleet holds this load. Real services are less kind than M/M/c: they share caches, locks and
// networks.
//
//   factor *= 1 + 5 % per 15 s      while requests are late without an explanation for a minute
//   factor -> 1, half in 4 hours    otherwise, but not below the factor at which requests were
//                                   late before (and 2 % more), which fades by half in 3 days
//
// Else a service that is always late at 70 % would be late again each time half of it is forgotten.
// What is remembered is the factor at which a trouble began, after ten minutes on time: one that
// lasts for hours, as a database's does, leaves nothing behind.
//
// Explained is lateness with more load than the fleet that served it holds (a jump, a fleet that
// still starts), and lateness beside idle replicas: below 50 % utilization something else is slow,
// and more replicas would only cost. Never beyond 2: at twice the model's need queueing is not it.
// Example: 32 replicas of 10 req/s hold 300 req/s by the model; all are late for two minutes: the
// factor is 1.2, the model holds 250 with them, and 38 are asked for.
#pragma once

#include <optional>

namespace spillway::autopilot {

/// What was seen of a window, and what the model says to it.
struct DoubtSample {
  double late{0.0};          ///< share of the requests
  double allowed_late{0.0};  ///< share
  double load{0.0};          ///< req/s
  double held{0.0};          ///< req/s that the fewest replicas of that window hold by the model
  std::optional<double> utilization{};
  double elapsed_s{15.0};
};

class ModelDoubt {
 public:
  /// 1 to 2: by this the model's service rate is divided.
  double factor() const { return 1.0 + excess_; }
  void learn(const DoubtSample& sample);

  template <class Archive>
  void keep(Archive& archive) {
    archive.number(excess_);
    archive.number(unexplained_s_);
    archive.number(load_);
    archive.number(late_at_);
    archive.number(on_time_s_);
  }

 private:
  double excess_{0.0};
  double unexplained_s_{0.0};  ///< late without an explanation for so long
  double on_time_s_{0.0};      ///< before this trouble
  double late_at_{0.0};        ///< the excess at which requests were late
  double load_{0.0};           ///< of the sample before: its requests may still wait
};

}  // namespace spillway::autopilot
