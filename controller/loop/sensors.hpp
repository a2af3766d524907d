// The readings of all workloads at one tick, already judged fresh, stale or missing, and what their
// workers have in hand. An interface, so that the loop runs against virtual sources in the scenario
// tests.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <map>
#include <set>
#include <string>

#include "controller/core/reading.hpp"
#include "controller/core/work_in_hand.hpp"
#include "controller/io/deadline.hpp"

namespace spillway {

class Sensors {
 public:
  virtual ~Sensors() = default;

  /// By workload name. Never fails as a whole: what could not be read is a missing reading, and a
  /// workload that is absent here has only missing ones.
  virtual boost::asio::awaitable<std::map<std::string, Readings>> read(io::Deadline deadline) = 0;

  /// What the workers of these workloads have in hand, where a metric tells it. Never fails as a
  /// whole either: nobody knows about a replica that is not in the answer.
  virtual boost::asio::awaitable<std::map<std::string, WorkInHand>> read_work(
      std::set<std::string> workloads, io::Deadline deadline) = 0;
};

}  // namespace spillway
