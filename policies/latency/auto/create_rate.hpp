// Creates of the last hour against what the provider allows in an hour: once they are used up, no
// price gets a replica, so what runs becomes worth more the closer that is.
#pragma once

namespace spillway::autopilot {

/// Creates of the last hour, counted with a fading memory, from what the fleet shows.
class CreateRate {
 public:
  /// `burst` groups run or start now, `asked` were asked for by this decision.
  void see(int burst, double elapsed_s);
  void ask(int burst) { before_ = burst; }
  double per_hour() const { return creates_; }

  template <class Archive>
  void keep(Archive& archive) {
    archive.number(creates_);
    archive.number(before_);
  }

 private:
  double creates_{0.0};
  double before_{-1.0};  ///< what was there after the last decision; -1: no decision yet
};

}  // namespace spillway::autopilot
