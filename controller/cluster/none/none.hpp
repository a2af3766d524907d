// No cluster at all: every replica is a burst replica, and base is 0. For services that live in the
// burst provider alone.
#pragma once

#include <string_view>

#include "controller/cluster/cluster.hpp"
#include "controller/core/fields.hpp"

namespace spillway::none {

struct Settings {
  static constexpr std::string_view type{"none"};
  static constexpr bool describes_replicas{false};
};

void describe(Fields& fields, Settings& settings);

class NoCluster final : public Cluster {
 public:
  /// An empty pool, known for certain.
  boost::asio::awaitable<Result<Observation>> observe(std::string service,
                                                      io::Deadline deadline) override;
};

}  // namespace spillway::none
