// Where burst capacity comes from: create, look at, list and remove container groups. The listing
// is the truth about what exists; our tags on each group say what is ours, and nothing without our
// owner tag is ever touched. One contract suite runs against the fake and the real adapter.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "controller/core/error.hpp"
#include "controller/core/group.hpp"
#include "controller/core/replica_template.hpp"
#include "controller/core/units.hpp"
#include "controller/io/deadline.hpp"

namespace spillway {

/// The marks by which a group is recognised as ours after any crash.
struct OwnerTags {
  std::string owner{};  ///< the controller's `owner` setting
  std::string workload{};
  std::string template_hash{};
  TimePoint created_at{};  ///< of the intent
  std::string cluster{};   ///< uid of the cluster whose pod it runs; empty: runs no pod

  bool operator==(const OwnerTags&) const = default;
};

struct GroupRequest {
  GroupId id{};
  Place place{};
  GroupSize size{};
  ReplicaTemplate replica{};
  OwnerTags tags{};
};

/// How far the provider says a group has come. `repairing`: it was up, and the provider moves it or
/// mends its node.
enum class Provisioning { pending, succeeded, failed, deleting, repairing };
enum class Running { unknown, waiting, running, ended };

/// The main container's name, in every group.
inline constexpr std::string_view main_container_name{"replica"};

/// One container of a group as `get` reads it; init containers are not among them.
struct ProviderContainer {
  std::string name{};               ///< `main_container_name` or a sidecar's
  Running state{Running::unknown};  ///< `ended`: it does not run, and may start once more
  std::optional<int> exit_code{};   ///< of its last end, if told; also while it runs again
  int restarts{0};
  std::optional<TimePoint> started_at{};  ///< of what `state` says
  std::optional<TimePoint> ended_at{};    ///< likewise; nothing unless `ended`
  std::string detail{};                   ///< the provider's words on the state, at most 300 bytes

  bool operator==(const ProviderContainer&) const = default;
};

struct ProviderGroup {
  GroupId id{};
  Place place{};
  GroupSize size{};
  OwnerTags tags{};
  Provisioning provisioning{Provisioning::pending};
  Running running{Running::unknown};  ///< unknown in listings: only `get` reads the containers
  std::string ip{};                   ///< empty until there is one
  bool has_address{true};             ///< false: it reaches out only, and will never have an `ip`
  std::optional<TimePoint> billed_since{};  ///< first image pull since it started, if told
  std::optional<TimePoint> ended_at{};  ///< of what has ended: when its last container did, if told
  bool was_evicted{false};              ///< the provider says that it took the capacity back
  int restarts{0};                      ///< of all containers together
  std::vector<ProviderContainer> containers{};  ///< in the group's order; empty in listings
  bool is_warm{false};   ///< taken from a standby pool: its start says nothing about cold ones
  std::string reason{};  ///< the provider's words on a failure
  /// What kind of "no" a failed start was, where those words tell: no_capacity, quota, registry.
  std::optional<Errc> failed_with{};
};

/// Places whose groups could not be listed, and why. None: where nothing is created any more.
struct Unlisted {
  std::vector<Place> places{};
  Error error{};
};

/// What exists, as far as it could be listed. Where a place is in `unlisted`, nothing is known of
/// its groups: they are neither there nor gone.
struct Listing {
  std::vector<ProviderGroup> groups{};
  std::vector<Unlisted> unlisted{};

  bool is_whole() const { return unlisted.empty(); }
};

/// A quota row: how much of something is used and allowed in a place.
struct Usage {
  enum class What { other, groups, cores, confidential_cores };

  std::string name{};
  int used{0};
  int limit{0};
  What what{What::other};
  Priority priority{Priority::regular};  ///< of cores
};

/// Which output of a group is meant.
struct LogQuery {
  LogQuery(int last_lines) : lines{last_lines} {}  // NOLINT: a count of lines is a query
  LogQuery(std::string of_container, int last_lines, bool has_times)
      : container{std::move(of_container)}, lines{last_lines}, with_times{has_times} {}

  std::string container{main_container_name};
  int lines{0};            ///< the last ones; more than the provider keeps are all that it has
  bool with_times{false};  ///< each line begins with the instant at which it was written
};

class BurstProvider {
 public:
  virtual ~BurstProvider() = default;

  /// Asks for a group; returns once the provider has accepted it, not once it runs. Idempotent by
  /// name: a repeat with the same request finds the group that is already there, also while that
  /// is still being created.
  /// Errors: timeout (it may exist all the same), throttled, unavailable, transitioning,
  /// no_capacity and quota (try another offer; a failed group may exist and must be removed),
  /// registry, bad_request, denied.
  virtual boost::asio::awaitable<Result<void>> create(GroupRequest request,
                                                      io::Deadline deadline) = 0;

  /// The group with its containers' state. `not_found` is a fact, not a failure. A group without
  /// our owner tag is `denied`: it is somebody else's.
  virtual boost::asio::awaitable<Result<ProviderGroup>> get(GroupId id, io::Deadline deadline) = 0;

  /// Every group that carries our owner tag, in every place in use. All pages of a place or none: a
  /// place that could not be listed whole is named as such. An error if none could be.
  virtual boost::asio::awaitable<Result<Listing>> list(io::Deadline deadline) = 0;

  /// Starts the deletion. Idempotent: `not_found` means it is gone; the caller repeats until it
  /// hears that. A group without our owner tag is never deleted: `denied`.
  /// Errors: transitioning (repeat after the running operation), throttled, unavailable, timeout.
  virtual boost::asio::awaitable<Result<void>> remove(GroupId id, io::Deadline deadline) = 0;

  /// The quota rows of `place`.
  virtual boost::asio::awaitable<Result<std::vector<Usage>>> usages(Place place,
                                                                    io::Deadline deadline) = 0;

  /// The last lines that a container of the group wrote. Errors: `not_found` for a group or a
  /// container that there is not.
  virtual boost::asio::awaitable<Result<std::string>> logs(GroupId id, LogQuery query,
                                                           io::Deadline deadline) = 0;

  /// Creates that the provider's rate limit allows at `now`, as counted here: in the place that has
  /// most.
  virtual int create_tokens(TimePoint now) const = 0;
  /// Those of one place.
  virtual int create_tokens_in(const Place& /*place*/, TimePoint now) const {
    return create_tokens(now);
  }

  /// Tells of a create (or of a removal) at `at` that an earlier run sent and that may still count
  /// against the rate limit. In the order of time, before the first call.
  virtual void note_past_create(const Place& /*place*/, TimePoint /*at*/) {}
  virtual void note_past_remove(const Place& /*place*/, TimePoint /*at*/) {}
};

}  // namespace spillway
