// Whatever sends requests to burst replicas: a load balancer, service discovery, DNS. Every call is
// idempotent, and the loop reconciles with `list` each tick, so a restarted balancer heals by
// itself. One suite of contract tests (tests/contract/traffic) holds for every adapter.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/core/error.hpp"
#include "controller/core/group.hpp"
#include "controller/io/deadline.hpp"

namespace spillway {

/// One burst replica as traffic sees it.
struct Backend {
  GroupId group{};  ///< empty in a listing where the balancer keeps no name: match by address then
  std::string workload{};
  std::string ip{};
  int port{0};
  int weight{100};  ///< relative to a base replica's 100

  bool operator==(const Backend&) const = default;
};

enum class BackendState {
  admitted,  ///< gets new requests
  draining,  ///< gets none; those in flight go on
  partial,   ///< several balancers disagree: repeat the call that is wanted. Never asked for
};

std::string_view to_string(BackendState state);

/// What the balancer really has.
struct ListedBackend {
  Backend backend{};
  BackendState state{BackendState::admitted};
  std::optional<int> in_flight{};  ///< nothing if this adapter cannot count

  bool operator==(const ListedBackend&) const = default;
};

struct TrafficCall {
  enum class Kind { admit, drain, evict };

  Kind kind{Kind::admit};
  Backend backend{};

  bool operator==(const TrafficCall&) const = default;
};

std::string_view to_string(TrafficCall::Kind kind);
/// `admit web-1 at 10.0.0.4:8080`.
std::string to_string(const TrafficCall& call);

class Traffic {
 public:
  virtual ~Traffic() = default;

  /// The name in the config file, for messages.
  virtual const std::string& name() const = 0;

  /// Our backends of `workload`, and only ours: those of other owners are never listed or touched.
  virtual boost::asio::awaitable<Result<std::vector<ListedBackend>>> list(
      std::string workload, io::Deadline deadline) = 0;

  /// New requests may go to `backend`. Already admitted, also at another address or weight, or
  /// draining: brought to this state. Only called after our own probe has passed.
  virtual boost::asio::awaitable<Result<void>> admit(Backend backend, io::Deadline deadline) = 0;

  /// No new requests; those in flight go on. Success if it is not there at all.
  virtual boost::asio::awaitable<Result<void>> drain(Backend backend, io::Deadline deadline) = 0;

  /// Out, with whatever is in flight. Success if it is not there. Errors: transitioning (the
  /// balancer wants it empty first: call again).
  virtual boost::asio::awaitable<Result<void>> evict(Backend backend, io::Deadline deadline) = 0;

  /// Whether a listing says what is in flight. If not, one that is not listed may still have
  /// requests: the adapter has forgotten it, not the balancer's workers.
  virtual bool can_count() const { return true; }

  /// Whether the last listing tells what every process of the balancer has. If not, one that did
  /// not answer may still send requests to a replica that is not listed, or listed as draining.
  virtual bool sees_all() const { return true; }

  /// Several calls for one workload; the answers in their order. By default one after the other.
  /// Adapters whose every change costs a reload or a transaction make one change of all of them,
  /// which then succeed or fail together.
  virtual boost::asio::awaitable<std::vector<Result<void>>> carry_out(
      std::vector<TrafficCall> calls, io::Deadline deadline);
};

/// What adapters that change all at once make of a single call: the answer of `carry_out`.
boost::asio::awaitable<Result<void>> carry_out_one(Traffic& traffic, TrafficCall::Kind kind,
                                                   Backend backend, io::Deadline deadline);

}  // namespace spillway
