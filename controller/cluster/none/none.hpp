// No cluster at all: every replica is a burst replica, and base is 0. For services that live in the
// burst provider alone.
#pragma once

#include <string>

#include "controller/cluster/cluster.hpp"

namespace spillway::none {

class NoCluster final : public Cluster {
 public:
  /// An empty pool, known for certain.
  boost::asio::awaitable<Result<Observation>> observe(std::string service,
                                                      io::Deadline deadline) override;
};

}  // namespace spillway::none
