// The owner's cluster, read only: how many base replicas serve, how full it is, and what a burst
// replica has to look like. Adapters are siblings; static_vms/ is the plainest.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>

#include "controller/core/error.hpp"
#include "controller/core/fleet.hpp"
#include "controller/io/deadline.hpp"

namespace spillway {

class Cluster {
 public:
  virtual ~Cluster() = default;

  /// The base pool of one workload as it is now. `service` is the cluster's own name for it.
  /// Errors: timeout, unavailable, denied, not_found (no such service), malformed. An error is
  /// never to be read as an empty pool.
  virtual boost::asio::awaitable<Result<BasePool>> observe(std::string service,
                                                           io::Deadline deadline) = 0;
};

}  // namespace spillway
