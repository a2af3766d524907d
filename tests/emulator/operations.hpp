// Long-running operations: what a client polls after a PUT, a DELETE or a start.
// They outlive their group, so that the last poll still finds the answer.
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <string>

#include "tests/emulator/arm_error.hpp"

namespace spillway::emulator {

/// `other` ends in the resource itself, which the client reads by its own id.
enum class OperationKind { create, start, restart, remove, other };

struct Operation {
  std::string id;
  OperationKind kind{OperationKind::create};
  std::string group;  ///< key of the group
  std::string resource_id;
  std::string region;
  std::string provider{"Microsoft.ContainerInstance"};
  TimePoint started{};
  std::optional<TimePoint> ended{};
  std::optional<ArmError> error{};  ///< set if it ended badly
};

class Operations {
 public:
  Operation& add(Operation operation);
  const Operation* find(const std::string& id) const;
  /// Ends the operation; unknown or ended ones stay as they are.
  void finish(const std::string& id, std::optional<ArmError> error, TimePoint now);

 private:
  std::map<std::string, Operation> by_id_{};
  std::deque<std::string> order_{};
};

}  // namespace spillway::emulator
