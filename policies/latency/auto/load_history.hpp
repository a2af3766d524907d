// The recent load in slots of 15 s, whatever the loop's period: readings of a faster loop are
// averaged into a slot, one of a slower loop fills the slots since the last. The newest slot is
// still open and counts with what it has so far. Nothing here knows why the load is what it is.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>

namespace spillway::autopilot {

inline constexpr double slot_seconds{15.0};
/// Slots of a look back of 20 minutes, and of the longest look ahead beyond them: 5 minutes, which
/// starts of up to 4.5 minutes fit into. No more than the lag of `Forecaster::as_5min_ago`.
inline constexpr std::size_t slots_back{80};
inline constexpr std::size_t slots_ahead_max{20};

/// A straight line through recent slots: its value at the newest of them, and its rise per slot.
struct Line {
  double newest{0.0};
  double slope{0.0};
};

class LoadHistory {
 public:
  static constexpr std::size_t size{slots_back + slots_ahead_max};

  /// Takes a reading; returns how many slots were closed by it, 0 for a reading of the open slot.
  /// After a silence longer than the history, all of it is the new value.
  int take(double at_s, double load);

  bool is_empty() const { return count_ == 0.0; }
  /// Closed and open slots that hold a real reading, up to `size`.
  double known() const { return known_; }
  /// The slot number of the open slot.
  double now() const { return slot_; }

  /// Load of the slot `back` before the open one (0), earlier than known: the oldest known.
  double at(std::size_t back) const { return loads_[std::min(back, size - 1)]; }
  double mean(std::size_t from, std::size_t count) const {
    if (from + count > size) return mean_beyond(from, count);
    const auto load{loads_.begin() + static_cast<std::ptrdiff_t>(from)};
    double sum{0.0};
    for (std::size_t i{0}; i < count; ++i) sum += load[i];
    return sum / static_cast<double>(count);
  }
  double max(std::size_t from, std::size_t count) const;
  /// Smoothed over neighbours with weights 1/4, 1/2, 1/4: counting noise halves, ramps stay.
  double smooth(std::size_t back) const;
  /// The least-squares line through `count` slots.
  Line line(std::size_t from, std::size_t count) const;

  template <class Archive>
  void keep(Archive& archive) {
    archive.numbers(loads_);
    archive.number(slot_);
    archive.number(known_);
    archive.number(sum_);
    archive.number(count_);
  }

 private:
  /// Those of the slots that are within the history.
  std::span<const double> slots(std::size_t from, std::size_t count) const;
  double mean_beyond(std::size_t from, std::size_t count) const;
  void open(double load);

  /// The open slot and those before it; beyond the oldest known, that one.
  std::array<double, size> loads_{};
  double slot_{0.0};
  double known_{0.0};
  double sum_{0.0};    ///< of the readings in the open slot
  double count_{0.0};  ///< of them
};

}  // namespace spillway::autopilot
