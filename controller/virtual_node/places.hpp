// Where the next group of a node goes: the first place in the settings' order that has not just
// refused one. What one pod has met is remembered for the next, which is another pod. Pure.
#pragma once

#include <algorithm>
#include <cstddef>
#include <map>

#include "controller/core/units.hpp"

namespace spillway::virtual_node {

class Places {
 public:
  /// There must be at least one.
  explicit Places(std::size_t count) : count_{count} {}

  /// Of places that have all refused, the one that did so first.
  std::size_t next(TimePoint now) const {
    std::size_t best{0};
    for (std::size_t index{0}; index < count_; ++index) {
      if (is_open(index, now)) return index;
      if (refused_until_.at(index) < refused_until_.at(best)) best = index;
    }
    return best;
  }

  bool has_open(TimePoint now) const { return is_open(next(now), now); }

  /// No room, or no quota: left alone for a while.
  void note_refusal(std::size_t index, TimePoint now) { refused_until_[index] = now + pause; }

  static constexpr Duration pause{std::chrono::minutes{5}};

 private:
  bool is_open(std::size_t index, TimePoint now) const {
    const auto found = refused_until_.find(index);
    return found == refused_until_.end() || found->second <= now;
  }

  std::size_t count_;
  std::map<std::size_t, TimePoint> refused_until_{};
};

}  // namespace spillway::virtual_node
