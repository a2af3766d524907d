// Machines that the owner's cluster can be given and that can be taken back: what carries out the
// wish for VMs of a decision. Reads how many there are and asks for another number; which machine
// leaves is the pool's business.
#pragma once

#include <boost/asio/awaitable.hpp>

#include "controller/core/error.hpp"
#include "controller/io/deadline.hpp"

namespace spillway {

struct VmPoolState {
  int capacity{0};  ///< machines asked for, by us or by a person
  int ready{0};     ///< of those, machines that run
  bool is_changing{false};

  bool operator==(const VmPoolState&) const = default;
};

class MachinePool {
 public:
  virtual ~MachinePool() = default;

  /// Errors: not_found (no such pool), denied, throttled, unavailable, timeout, malformed.
  virtual boost::asio::awaitable<Result<VmPoolState>> observe(io::Deadline deadline) = 0;

  /// Asks for `machines`; returns once that is accepted. Idempotent. Errors as `observe`, and
  /// quota, no_capacity, transitioning.
  virtual boost::asio::awaitable<Result<void>> resize(int machines, io::Deadline deadline) = 0;
};

}  // namespace spillway
