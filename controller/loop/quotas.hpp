// The provider's quotas as last read, turned into how many groups of a size still fit in a place.
// Pure: rows and time are passed in.
#pragma once

#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "controller/core/group.hpp"
#include "controller/core/units.hpp"
#include "controller/provider/burst_provider.hpp"

namespace spillway {

/// How many groups of `size` fit into `rows`: the tightest of the rows that count groups or this
/// priority's cores (of a confidential group: the confidential ones). Nothing if no row does.
/// `claimed` are groups that no row has counted yet; they are taken to be of the same kind.
/// Example: 100 groups, 4 used, and 10 cores, 6 used: two groups of 1.5 vCPU fit, as the provider
/// counts whole cores, and one if another of them is claimed.
std::optional<int> groups_that_fit(const std::vector<Usage>& rows, const GroupSize& size,
                                   Priority priority, bool is_confidential = false,
                                   const std::vector<GroupSize>& claimed = {});

class Quotas {
 public:
  /// Zones share the quota of their region.
  static Place region_of(Place place);

  void note(const Place& place, std::vector<Usage> rows, TimePoint now);

  /// Nothing if it was never read, or so long ago that it says nothing any more (10 minutes).
  std::optional<int> groups_left(const Place& place, const GroupSize& size, TimePoint now,
                                 bool is_confidential = false,
                                 const std::vector<GroupSize>& claimed = {}) const;

  /// When the quota of `place` was last read.
  std::optional<TimePoint> read_at(const Place& place) const;

 private:
  struct Reading {
    std::vector<Usage> rows{};
    TimePoint at{};
  };
  std::map<Place, Reading> readings_{};
};

}  // namespace spillway
