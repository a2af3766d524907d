// Burst capacity kept warm: pools of groups that run already and are handed out at once. A pool is
// the provider's; we say what its members are and how many, and look at its stock. Taking a member
// is the provider's business too: its `create` takes one where there is one, and starts a cold
// group otherwise.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>
#include <vector>

#include "controller/core/error.hpp"
#include "controller/core/group.hpp"
#include "controller/core/replica_template.hpp"
#include "controller/io/deadline.hpp"

namespace spillway {

/// What the pool of one workload in one place shall be.
struct StandbyOrder {
  std::string workload{};
  Place place{};
  GroupSize size{};  ///< of one member
  ReplicaTemplate replica{};
  std::string template_hash{};
  int ready{0};  ///< members to keep; 0: no pool

  bool operator==(const StandbyOrder&) const = default;
};

/// What a pool has. Members in creation and those that run are charged for alike.
struct StandbyStock {
  int running{0};   ///< can be handed out
  int creating{0};  ///< on their way
  int deleting{0};
  bool is_healthy{true};
  std::string words{};  ///< the provider's, if it is not healthy

  bool operator==(const StandbyStock&) const = default;
};

/// A pool that carries our owner tag.
struct OwnPool {
  std::string name{};
  std::string workload{};  ///< by its tag
  std::string subscription{};
  std::string resource_group{};
  bool is_former{false};  ///< it is where the settings keep nothing any more

  bool operator==(const OwnPool&) const = default;
};

class StandbyPools {
 public:
  virtual ~StandbyPools() = default;

  /// Brings the pool of `order` to what it asks for, and tells its stock. Idempotent, and cheap if
  /// nothing changed: one read. Another template drains the pool and fills it anew; `ready` 0
  /// removes it. A pool of that name without our owner tag is `denied` and left alone.
  /// Errors: throttled, unavailable, timeout (ask again); bad_request, denied, quota.
  virtual boost::asio::awaitable<Result<StandbyStock>> keep(StandbyOrder order,
                                                            io::Deadline deadline) = 0;

  /// Removes every pool that carries our owner tag and serves none of `orders`: a forgotten pool
  /// bills round the clock. The names of those whose removal was begun. Errors as `keep`.
  virtual boost::asio::awaitable<Result<std::vector<std::string>>> remove_others(
      std::vector<StandbyOrder> orders, io::Deadline deadline) = 0;

  /// Every pool that carries our owner tag and is not being removed; nothing is changed. Errors as
  /// `keep`: then some may be missing, and none is told.
  virtual boost::asio::awaitable<Result<std::vector<OwnPool>>> list_pools(
      io::Deadline deadline) = 0;

  /// Begins the removal of one of them. Idempotent. Errors as `keep`.
  virtual boost::asio::awaitable<Result<void>> remove_pool(OwnPool pool, io::Deadline deadline) = 0;
};

}  // namespace spillway
