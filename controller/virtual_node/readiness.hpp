// A pod's readiness by the words of its probe: how many answers in a row turn it. Pure.
#pragma once

#include <algorithm>
#include <optional>

#include "controller/core/container_parts.hpp"
#include "controller/core/units.hpp"

namespace spillway::virtual_node {

class Readiness {
 public:
  Readiness() = default;
  /// As the API has it, after a restart of ours: one lost answer does not turn it.
  explicit Readiness(bool is_ready) : is_ready_{is_ready} {}

  bool is_ready() const { return is_ready_; }
  bool is_due(TimePoint now) const { return now >= next_at_; }

  void note(bool has_passed, const ContainerProbe& probe, TimePoint now) {
    in_a_row_ = has_passed == was_passed_ ? in_a_row_ + 1 : 1;
    was_passed_ = has_passed;
    const int needed{has_passed ? probe.success_threshold : probe.failure_threshold};
    if (in_a_row_ >= std::max(1, needed)) is_ready_ = has_passed;
    constexpr Duration shortest{std::chrono::seconds{1}};
    next_at_ = now + std::max(shortest, probe.period);
  }

  /// Its container started again.
  void begin_anew(TimePoint first_probe_at) {
    *this = Readiness{};
    next_at_ = first_probe_at;
  }

 private:
  bool is_ready_{false};
  bool was_passed_{false};
  int in_a_row_{0};
  TimePoint next_at_{};
};

}  // namespace spillway::virtual_node
