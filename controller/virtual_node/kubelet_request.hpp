// What an API server asks a node's kubelet, read from the request's first line: the path and query
// that kubectl's words become. Pure; every byte is foreign.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "controller/core/units.hpp"

namespace spillway::virtual_node {

/// `GET /containerLogs/NAMESPACE/POD/CONTAINER?tailLines=N&limitBytes=N` and so on.
struct LogRequest {
  std::string pod{};  ///< NAMESPACE/NAME
  std::string container{};
  std::optional<int> tail_lines{};  ///< nothing: all that there are
  std::optional<std::size_t> bytes_max{};
  bool follows{false};
  bool with_times{false};
  std::optional<Duration> since{};        ///< this long ago
  std::optional<TimePoint> since_time{};  ///< or then

  bool operator==(const LogRequest&) const = default;
};

struct HealthRequest {
  bool operator==(const HealthRequest&) const = default;
};

/// A request that is not answered otherwise.
struct KubeletRefusal {
  int status{400};
  std::string words{};

  bool operator==(const KubeletRefusal&) const = default;
};

using KubeletRequest = std::variant<LogRequest, HealthRequest, KubeletRefusal>;

/// What cannot be done is refused in words rather than done by half: `previous` of logs with 400
/// (the status whose words kubectl shows); exec, attach, port-forward and run with 501.
KubeletRequest parse_kubelet_request(std::string_view method, std::string_view target);

}  // namespace spillway::virtual_node
