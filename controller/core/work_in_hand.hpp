// What the workers of a queue have in hand, as a metric tells it: one number for each replica,
// under the label that says which replica it is of. Pure: who is idle, and how that is known.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "controller/core/group.hpp"
#include "controller/core/units.hpp"

namespace spillway {

/// Jobs that one replica works on, at the instant of the sample. Finite and not negative.
struct InHand {
  double jobs{0.0};
  TimePoint sampled_at{};

  bool operator==(const InHand&) const = default;
};

/// By the value of the label that tells replicas apart: a group's name, `10.0.0.4:9102` or
/// `10.0.0.4`. Only samples that are fresh and believed: nobody knows about a replica without one.
using WorkInHand = std::map<std::string, InHand, std::less<>>;

/// What is known about one replica; nothing if no sample is of it. A sample under its name, or
/// under its address with `port`, is its own. Else those of its address with any port are: a worker
/// publishes its metrics on a port of their own, and several processes of a group each on one.
/// Their jobs are added, and the oldest says when.
std::optional<InHand> in_hand_of(const WorkInHand& work, const GroupId& group, std::string_view ip,
                                 int port);

/// Jobs as the planner counts them: rounded up, so that a share of a job is not nothing.
/// Example: 0.2 gives 1.
int whole_jobs(double jobs);

}  // namespace spillway
