// The owner's cluster, read only: how many base replicas serve, how full it is, and what a burst
// replica has to look like. Adapters are siblings; static_vms/ is the plainest.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>
#include <vector>

#include "controller/core/derived_replica.hpp"
#include "controller/core/error.hpp"
#include "controller/core/finding.hpp"
#include "controller/core/fleet.hpp"
#include "controller/io/deadline.hpp"

namespace spillway {

/// What one look tells about one workload.
struct Observation {
  BasePool pool{};
  /// What the cluster's replicas look like; nothing if this cluster does not describe them. While
  /// `pool.is_rolling` the loop keeps the one it has: the cluster's own update goes first.
  std::optional<DerivedReplica> replica{};

  bool operator==(const Observation&) const = default;
};

class Cluster {
 public:
  virtual ~Cluster() = default;

  /// Reads what all services share, once per tick and before any of them is observed: hundreds of
  /// workloads cost one listing. Without such a thing it does nothing and succeeds. Errors: those
  /// of `observe`; then no service of this cluster is observed in this tick.
  virtual boost::asio::awaitable<Result<void>> refresh(io::Deadline deadline);

  /// One workload as it is now. `service` is the cluster's own name for it.
  /// Errors: timeout, unavailable, denied, not_found (no such service), malformed. An error is
  /// never to be read as an empty pool.
  virtual boost::asio::awaitable<Result<Observation>> observe(std::string service,
                                                              io::Deadline deadline) = 0;

  /// Keeps looking beside the ticks (probes, watches) until cancelled, for adapters that do. Run at
  /// most once. Whoever does not run it gets correct answers, only slower.
  virtual boost::asio::awaitable<void> watch();

  /// For `spillway doctor`: whether it can be reached, whether the rights will do, and what stands
  /// in the way of bursting each of `services`. Changes nothing.
  virtual boost::asio::awaitable<std::vector<Finding>> examine(std::vector<std::string> services,
                                                               io::Deadline deadline);
};

}  // namespace spillway
