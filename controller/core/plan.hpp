// What should happen to the burst groups of one workload: a list of actions and of what was
// withheld. A value that `spillway plan` prints and the loop carries out; nothing is done here.
#pragma once

#include <string>
#include <vector>

#include "controller/core/because.hpp"
#include "controller/core/group.hpp"
#include "controller/core/units.hpp"

namespace spillway {

struct CreateGroup {
  GroupId id{};
  Place place{};
  GroupSize size{};
  HourlyPrice price{};
  Because because{Because::scale_out};

  bool operator==(const CreateGroup&) const = default;
};

/// Take a draining group back into traffic: free, and at once.
struct ReadmitGroup {
  GroupId id{};
  Because because{Because::readmitted};

  bool operator==(const ReadmitGroup&) const = default;
};

/// Drain a serving group and remove it then; remove one that does not serve yet at once.
struct DrainGroup {
  GroupId id{};
  Because because{Because::scale_in};

  bool operator==(const DrainGroup&) const = default;
};

/// Replicas that were wanted and not planned, and what stood in the way.
struct Withheld {
  Replicas count{};  ///< positive: creates not made; negative: removals not made
  Because because{Because::paused};

  bool operator==(const Withheld&) const = default;
};

struct Plan {
  std::vector<CreateGroup> creates{};
  std::vector<ReadmitGroup> readmits{};
  std::vector<DrainGroup> drains{};
  std::vector<Withheld> withheld{};

  bool is_empty() const { return creates.empty() && readmits.empty() && drains.empty(); }
  bool operator==(const Plan&) const = default;
};

/// Nothing is created: what was planned is withheld.
void withhold_creates(Plan& plan, Because because);

/// `create 2, readmit 1, drain 3, withhold 4 (CreateTokensSpent)`, or `nothing to do`.
std::string summary(const Plan& plan);

}  // namespace spillway
