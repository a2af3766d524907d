// Addresses of container groups, out of 127.0.0.0/8 so that nothing ever leaves the machine.
// An address is reused as late as possible: a stale backend must not meet a new group by accident.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>

namespace spillway::emulator {

class AddressPool {
 public:
  /// `first` is dotted and within 127.0.0.0/8; 65,536 addresses from there on belong to the pool.
  /// Throws std::invalid_argument otherwise.
  explicit AddressPool(const std::string& first);

  /// The next address that is not taken and passes `is_free`; nothing if there is none.
  std::optional<std::string> take(const std::function<bool(const std::string&)>& is_free);

  /// Gives the address back. Idempotent.
  void release(const std::string& address);

 private:
  std::uint32_t first_;
  std::uint32_t next_{1};
  std::set<std::string> taken_{};
};

}  // namespace spillway::emulator
