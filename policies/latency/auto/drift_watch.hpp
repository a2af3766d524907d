// Has what is measured changed, or is it noise? Page's cumulative sum: each sample adds how far it
// lies above what is believed, in units of the usual distance and less half of one; what has added
// up to fifteen is no noise. The same below.
//
//   above = max(0, above + z - 1/2)     z = (sample / believed - 1) / noise, within -3 to 3
//
// The noise is that of the samples so far, and never less than that of a Poisson count. Example:
// readings that scatter by 6 % round a rate that falls by 6 %: told after half an hour; one that
// falls by 20 %, after six samples of 15 s. Without a change, one false alarm in weeks.
// Source: Page, continuous inspection schemes (Biometrika 1954).
#pragma once

#include <algorithm>

namespace spillway::autopilot {

class DriftWatch {
 public:
  /// The usual relative distance of a sample that is counted from so many events.
  double noise(double counts) const;

  /// Takes a sample that lies `off` (relative) from what is believed and stands for `samples` of
  /// the usual length. True: it has changed; the sums begin anew.
  bool has_changed(double off, double samples, double counts);

  template <class Archive>
  void keep(Archive& archive) {
    archive.number(variance_);
    archive.number(above_);
    archive.number(below_);
    // A memory may be anything.
    variance_ = std::clamp(variance_, 0.0, 1.0);
    above_ = std::clamp(above_, 0.0, limit);
    below_ = std::clamp(below_, 0.0, limit);
  }

 private:
  static constexpr double limit{15.0};

  double variance_{0.0025};  ///< of the relative distance: 5 % before anything was seen
  double above_{0.0};
  double below_{0.0};
};

}  // namespace spillway::autopilot
