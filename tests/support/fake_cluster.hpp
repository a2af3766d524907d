// The owner's cluster in memory for tests: one pool per service, changed at will, with every look
// written down and outages on request.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "controller/cluster/cluster.hpp"
#include "controller/io/clock.hpp"

namespace spillway::testing {

class FakeCluster final : public Cluster {
 public:
  /// `clock` must outlive the cluster.
  explicit FakeCluster(io::Clock& clock) : clock_{clock} {}

  boost::asio::awaitable<Result<Observation>> observe(std::string service,
                                                      io::Deadline deadline) override;

  /// What each service has now; a service without an entry is `not_found`. Change it freely.
  std::map<std::string, BasePool, std::less<>> pools{};
  /// How it describes the replicas of a service; without an entry it does not.
  std::map<std::string, DerivedReplica, std::less<>> replicas{};

  /// The next look fails with `error`. Several queue up.
  void fail_next(Error error) { weather_.push_back(std::move(error)); }
  /// Every look fails with this while it is set.
  std::optional<Error> outage{};

  /// The services that were asked for, in order; also what failed.
  std::vector<std::string> calls{};

 private:
  io::Clock& clock_;
  std::deque<Error> weather_{};
};

/// A pool of `count` ready replicas on as many nodes, which has no room for more.
BasePool full_pool(int count);

}  // namespace spillway::testing
