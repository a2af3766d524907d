// How many requests per second one replica completes, learned from what is measured anyway, so that
// nobody has to know it:
//
//   rate = load / (utilization * replicas)      while the fleet was steady and something ran
//
// A saturated fleet only bounds the rate from above: it completes at most load / replicas.
// Without a utilization, lateness brackets it: a fleet that is late at this load has a lower rate
// than load / replicas, one that is not late a rate of at least that. Example: 8 replicas, 62 req/s
// at 78 % utilization: 62 / (0.78 * 8) = 9.9 requests per second.
#pragma once

#include <optional>

namespace spillway::autopilot {

/// What was seen of the load and of what served it, over the same window.
struct ServiceSample {
  double load{0.0};  ///< req/s
  std::optional<double> utilization{};
  std::optional<double> late{};  ///< share
  bool has_backlog{false};
  double serving{0.0};  ///< replicas that serve now
};

class ServiceRate {
 public:
  void learn(const ServiceSample& sample);
  /// Requests per second and replica; nothing before there was anything to learn from.
  std::optional<double> get() const;

  template <class Archive>
  void keep(Archive& archive) {
    archive.number(rate_);
    archive.number(evidence_);
    archive.number(serving_);
    archive.number(steady_);
  }

 private:
  void learn_saturated(double per_replica);

  double rate_{0.0};      ///< 0: unknown
  double evidence_{0.0};  ///< samples behind it, fading
  double serving_{0.0};   ///< replicas at the last sample
  double steady_{0.0};    ///< samples in a row with the same replicas
};

}  // namespace spillway::autopilot
