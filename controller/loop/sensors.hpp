// The readings of all workloads at one tick, already judged fresh, stale or missing. An interface,
// so that the loop runs against virtual sources in the scenario tests.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <map>
#include <string>

#include "controller/core/reading.hpp"
#include "controller/io/deadline.hpp"

namespace spillway {

class Sensors {
 public:
  virtual ~Sensors() = default;

  /// By workload name. Never fails as a whole: what could not be read is a missing reading, and a
  /// workload that is absent here has only missing ones.
  virtual boost::asio::awaitable<std::map<std::string, Readings>> read(io::Deadline deadline) = 0;
};

}  // namespace spillway
