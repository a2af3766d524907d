// How many requests per second one replica completes, learned from what is measured anyway, so that
// nobody has to know it:
//
//   rate = load / (utilization * replicas)
//
// A reading tells of a window that is over, so the replicas of the last 45 to 90 s count as a
// range, from the fewest to the most, and so does the rate. Readings of utilization have a noise of
// their own, as large as 10 % at times, while a large fleet is late from 2 % too few. So the rate
// is averaged over 400 samples of 15 s, each weighted by the work that was done in it, and no
// sample is left out because of its own noise. While the range is wider than that noise, a rate
// outside of it is moved to its edge. A change is told from noise by `DriftWatch`: 10 samples count
// from then on; and once all that comes for 90 s is off by more than 20 % to one side, only that.
//
// A fleet that is far less busy than it was of late (less than 40 % of it, or below 5 %) is busy
// with itself: the rate is at least what it seems, if it seems clearly higher for 90 s. While
// requests wait, it is not as high as it seems: fewer may be completed than come.
//
// A saturated fleet only bounds it from above: it completes at most load / replicas, unless it
// works off a backlog. If that stays below what is believed for 45 s and requests are late,
// replicas have become slower, and nobody knows by how much: the rate is taken as 70 % of the
// bound, and each growth is judged by itself. Where a queue grows while the load does not, that is
// known after 15 s:
//
//   rate = (load - growth of the queue / elapsed) / replicas
//
// A rate that was too high, or a first guess, stays in doubt until a steady window with room to
// spare has told: until then what serves is kept, at most for 5 min. A queue is a sign of
// saturation only where neither a utilization below 90 % nor the late share contradicts: some
// queues count the requests in service.
//
// Without a utilization, lateness brackets it: a fleet that is late at this load has a lower rate
// than load / replicas, one that is not late a rate of at least that, less the luck of a count.
// While none is late the rate creeps up by 2 % an hour, or it would never hear that it is too low:
// where the fleet is no larger than the rate calls for by square-root staffing, and no further than
// 97 % of what it was when lateness came back (0.2 % an hour more). Where only a queue is known,
// one that grows is lateness, and so is one in which requests wait for more than 2.5 times the
// objective: queue / load, by Little's law, less the least of it within a day, which is in service.
// Example: 8 replicas, 62 req/s at 78 % utilization: 62 / (0.78 * 8) = 9.9 requests per second.
#pragma once

#include <optional>

#include "policies/latency/auto/drift_watch.hpp"
#include "policies/latency/auto/utilization_window.hpp"

namespace spillway::autopilot {

/// What was seen of the load and of what served it, over the same window.
struct ServiceSample {
  double load{0.0};  ///< req/s
  std::optional<double> utilization{};
  std::optional<double> late{};   ///< share
  std::optional<double> queue{};  ///< requests
  double serving{0.0};            ///< replicas that serve now
  double elapsed_s{15.0};         ///< since the sample before
  double wait_s{0.2};             ///< that the objective allows in the queue
};

class ServiceRate {
 public:
  void learn(const ServiceSample& sample);
  /// Requests per second and replica; nothing before there was anything to learn from. That nobody
  /// is late says only that it is not lower: no reason to buy anything.
  std::optional<double> get() const;
  /// What it is averaged from is enough for one sample not to matter.
  bool is_settled() const;
  /// It was too high, or is a first guess, and no steady window with room to spare has told since
  /// how high it is: what serves is all that is known to be enough.
  bool is_doubted() const { return doubted_s_ > 0.0; }
  /// The utilization is of the same time as the load, or as good as that.
  bool is_utilization_current() const { return window_.is_current(); }
  /// The fewest replicas that the newest window can have been served by.
  double fewest_serving() const;
  double most_serving() const;  ///< ... and the most
  /// The same replicas for longer than a window.
  bool is_steady() const;

  template <class Archive>
  void keep(Archive& archive) {
    archive.number(rate_);
    archive.number(evidence_);
    archive.number(serving_);
    archive.number(steady_s_);
    for (Range* range : {&before_, &now_}) {
      archive.number(range->low);
      archive.number(range->high);
    }
    archive.number(window_s_);
    archive.number(proven_);
    archive.number(least_);
    archive.number(has_limit_);
    archive.number(load_);
    archive.number(peak_);
    archive.number(queue_);
    archive.number(contradicted_s_);
    archive.number(off_s_);
    archive.number(work_);
    archive.number(utilization_);
    archive.number(busiest_);
    archive.number(idle_s_);
    archive.number(idle_least_);
    archive.number(doubted_s_);
    archive.number(calm_s_);
    archive.number(on_time_s_);
    archive.number(late_rate_);
    drift_.keep(archive);
    window_.keep(archive);
    bound();
  }

 private:
  struct Range {
    double low{0.0};
    double high{0.0};
  };

  /// A memory may be anything: no number is left at which the next sample would go astray.
  void bound();
  void watch(const ServiceSample& sample);
  void learn_saturated(const ServiceSample& sample, double completed, double samples, bool drains);
  /// Whether the replicas have no room left, or nobody can say.
  bool is_saturated(const ServiceSample& sample) const;
  void learn_telling(const ServiceSample& sample, const Range& seen, double samples);
  void learn_idle(double seen, double margin, double elapsed_s);
  void begin_anew(double rate, double evidence, double work);
  /// What was averaged counts like ten samples: it may be of something else.
  void doubt_evidence();
  void learn_from_lateness(const ServiceSample& sample, double late, double completed,
                           double samples, bool drains);
  /// What the queue grew by since the sample before, if that is no noise.
  double growth(const ServiceSample& sample) const;
  /// Requests per second that were completed: what arrived, less what a queue grew by.
  double completed(const ServiceSample& sample) const;
  /// The late share; where only a queue is known, what the queue says of it.
  std::optional<double> lateness_of(const ServiceSample& sample);

  double rate_{0.0};            ///< 0: unknown
  double evidence_{0.0};        ///< samples behind it, fading; 0: a first guess
  double serving_{0.0};         ///< replicas at the last sample
  double steady_s_{0.0};        ///< seconds with the same replicas
  Range before_{};              ///< replicas within the window before this one
  Range now_{};                 ///< ... and within this one
  double proven_{0.0};          ///< served by one replica with nobody late; half in a day
  double least_{0.0};           ///< while nothing is proven, lateness lowers the rate no further
  double has_limit_{0.0};       ///< 1: what was seen bounds the rate from above as well
  double window_s_{0.0};        ///< how long this one has lasted
  double load_{0.0};            ///< of the last sample
  double peak_{0.0};            ///< highest load of late, halved every minute
  double queue_{-1.0};          ///< of the last sample; -1: none
  double contradicted_s_{0.0};  ///< saturated for so long below what the rate allows
  double off_s_{0.0};           ///< seconds of samples clearly above the rate; negative: below
  double work_{0.0};            ///< busy replicas, summed over the evidence
  double utilization_{0.0};     ///< smoothed over two minutes; 0: none yet
  double busiest_{0.0};         ///< the highest of it, halved every week
  double idle_s_{0.0};          ///< seconds of idle samples clearly above the rate
  double idle_least_{0.0};      ///< the lowest of them
  double doubted_s_{0.0};       ///< for so long still, unless a steady window tells before
  double on_time_s_{0.0};       ///< since lateness alone told of a rate
  double late_rate_{0.0};       ///< believed when it did; 0: never
  double calm_s_{0.0};          ///< queue per load that there is without waiting, seconds
  DriftWatch drift_{};
  UtilizationWindow window_{};
};

}  // namespace spillway::autopilot
