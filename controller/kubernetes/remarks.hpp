// What a pod template has and a container group cannot have, while it is being translated.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace spillway::kubernetes {

struct Remarks {
  /// The replica works without it, or may.
  std::vector<std::string> left_out{};
  /// A replica without it would not be the same program: it must not run unless a person says so.
  std::vector<std::string> blocking{};

  void leave_out(std::string sentence) { left_out.push_back(std::move(sentence)); }
  void block(std::string sentence) { blocking.push_back(std::move(sentence)); }

  bool operator==(const Remarks&) const = default;
};

}  // namespace spillway::kubernetes
