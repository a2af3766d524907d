// The JSON of container group profiles (api-version 2025-09-01) and standby pools (2025-10-01), and
// of the group that is taken from a pool. Pure; what Azure answers is fuzzed on byte spans.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "controller/core/error.hpp"
#include "controller/provider/burst_provider.hpp"
#include "controller/provider/standby_pools.hpp"

namespace spillway::aci {

/// A member to take: where it is and what it is made of.
struct WarmMember {
  std::string pool_id{};  ///< ARM id
  std::string profile_id{};
  int revision{0};

  bool operator==(const WarmMember&) const = default;
};

/// The name of pool and profile: 3-24 letters, digits and hyphens, the same for the same owner,
/// workload, place and size. Example: `sw-0123456789abcdef`.
std::string standby_name(std::string_view owner, const StandbyOrder& order);

/// Why a pool cannot serve `order` at all; empty if it can. Identities and DNS labels belong to a
/// group and not to a profile, and Spot groups come from no pool.
std::string standby_fault(const StandbyOrder& order);

/// Our tags on pool and profile.
std::string profile_body(std::string_view owner, const StandbyOrder& order);
std::string pool_body(std::string_view owner, const StandbyOrder& order,
                      std::string_view profile_id, int revision);

/// The PUT that takes `member`: our tags, the container's name, and that no cold group shall come
/// instead if there is none.
std::string warm_group_body(const GroupRequest& request, const WarmMember& member);

/// The revision that a profile's answer names; 1 if it names none. Error: `malformed`.
Result<int> parse_profile_revision(std::string_view body);

/// What an answer says a pool is. `owner` empty: not ours.
struct PoolAnswer {
  std::string name{};
  std::string owner{};
  std::string workload{};
  std::string template_hash{};
  int capacity{0};
  int revision{0};
  bool is_deleting{false};
  bool has_failed{false};  ///< its last creation or change did not come to its end

  bool operator==(const PoolAnswer&) const = default;
};
Result<PoolAnswer> parse_pool(std::string_view body);

struct PoolPage {
  std::vector<PoolAnswer> pools{};
  std::string next_link{};
};
Result<PoolPage> parse_pool_page(std::string_view body);

/// The runtime view, summed over its zones.
Result<StandbyStock> parse_stock(std::string_view body);

}  // namespace spillway::aci
