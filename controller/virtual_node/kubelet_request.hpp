// What an API server asks a node's kubelet, read from the request's first line: the path and query
// that kubectl's words become. Pure; every byte is foreign.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "controller/core/units.hpp"
#include "controller/virtual_node/remote/remote_wire.hpp"

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

/// `POST /exec/NAMESPACE/POD/CONTAINER?command=W&command=W&input=1&output=1&error=1&tty=1`, and
/// `/attach/...` without a command; the pod's uid may stand before the container.
struct RemoteRequest {
  std::string pod{};  ///< NAMESPACE/NAME
  std::string container{};
  std::vector<std::string> command{};  ///< empty: attach
  RemoteStreams streams{};

  bool operator==(const RemoteRequest&) const = default;
};

/// `POST /portForward/NAMESPACE/POD`, the pod's uid may follow.
struct ForwardRequest {
  std::string pod{};  ///< NAMESPACE/NAME

  bool operator==(const ForwardRequest&) const = default;
};

struct HealthRequest {
  bool operator==(const HealthRequest&) const = default;
};

/// `GET /stats/summary`, what scrapers ask that read JSON.
struct SummaryRequest {
  bool operator==(const SummaryRequest&) const = default;
};

/// `GET /metrics/resource`, what newer ones ask.
struct ResourceMetricsRequest {
  bool operator==(const ResourceMetricsRequest&) const = default;
};

/// A request that is not answered otherwise.
struct KubeletRefusal {
  int status{400};
  std::string words{};

  bool operator==(const KubeletRefusal&) const = default;
};

using KubeletRequest = std::variant<LogRequest, RemoteRequest, ForwardRequest, HealthRequest,
                                    SummaryRequest, ResourceMetricsRequest, KubeletRefusal>;

/// What cannot be done is refused in words rather than done by half: `previous` of logs and input
/// of attach with 400 (the status whose words kubectl shows); `/run`, which kubectl never asks,
/// with 501.
KubeletRequest parse_kubelet_request(std::string_view method, std::string_view target);

}  // namespace spillway::virtual_node
