// Over how long the utilization is averaged, seen from outside. Processor time is often asked for
// as a rate over five minutes, beside a load of the last seconds: when that load triples, replicas
// look three times as fast for minutes, and slow while it falls. So the work of a replica is
// averaged as the utilization may be, over several lengths, and the length counts at which both go
// together:
//
//   work(tau) += (1 - exp(-elapsed / tau)) * (load / replicas - work(tau))      tau: 0 to 300 s
//   rate = work(tau) / utilization
//   the tau with the least scatter of log(rate), if that is below 30 % of what is used so far
//
// Only samples count in which the lengths differ by a quarter: calm hours say nothing of it, and
// are no reason to forget. Where tau is not 0, a service rate is learned only while the work of
// that time and of now are alike. A mean over the last T seconds is as old as an exponential one
// with tau = T / 2. Example: a rate over five minutes goes with tau = 150 s.
#pragma once

#include <array>
#include <cstddef>

namespace spillway::autopilot {

class UtilizationWindow {
 public:
  /// A window in which so much was completed: req/s and replica. Nothing is learned from a
  /// utilization that tells nothing, of an idle or a full fleet: `is_telling`.
  void see(double work, double utilization, bool is_telling, double elapsed_s);
  /// The utilization is older than the load beside it.
  bool is_longer() const { return best_ > 0.0; }
  /// The work of a replica over the same time as the utilization, req/s.
  double work() const { return work_[static_cast<std::size_t>(best_)]; }
  /// The work of that time and of now differ by no more than a quarter: so the utilization is that
  /// of now.
  bool is_current() const;

  template <class Archive>
  void keep(Archive& archive) {
    for (std::size_t i{0}; i < lengths; ++i) {
      archive.number(work_[i]);
      archive.number(mean_[i]);
      archive.number(scatter_[i]);
    }
    archive.number(samples_);
    archive.number(best_);
    bound();
  }

 private:
  static constexpr std::size_t lengths{5};

  void bound();
  void choose();

  std::array<double, lengths> work_{};  ///< req/s and replica, averaged; the first is that of now
  std::array<double, lengths> mean_{};  ///< of log(rate)
  std::array<double, lengths> scatter_{};  ///< its variance
  double samples_{0.0};                    ///< behind them, fading
  double best_{0.0};                       ///< index of the length that counts
};

}  // namespace spillway::autopilot
