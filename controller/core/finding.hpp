// What an examination found: one thing that was looked at, how it is, and what to do about it. The
// common words of `spillway doctor` for every cloud and cluster.
#pragma once

#include <string>
#include <string_view>

namespace spillway {

enum class Health { ok, warning, failure };

std::string_view to_string(Health health);

struct Finding {
  std::string check{};    ///< `identity`, `clock`, `rights`, `quota`, ...
  std::string subject{};  ///< what was looked at: a region, a workload, a cluster
  Health health{Health::ok};
  std::string message{};
  std::string advice{};  ///< empty if all is well

  bool operator==(const Finding&) const = default;
};

}  // namespace spillway
