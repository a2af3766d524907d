// What a container's probe in a pod template asks, with its port as a number. Pure.
#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string_view>

#include "controller/core/container_parts.hpp"
#include "controller/kubernetes/json_fields.hpp"

namespace spillway::kubernetes {

enum class ProbeBy { http, command, connection };

struct PodProbe {
  ProbeBy by{ProbeBy::http};
  /// `port` is 0 if the template names none that exists; `path` and `command` as `by` says.
  ContainerProbe probe{};

  bool operator==(const PodProbe&) const = default;
};

/// `key` is `readinessProbe` and its kind; nothing if the container has none. Times and counts
/// beyond a day are a day. A probe of a kind that is not known here (gRPC) connects.
std::optional<PodProbe> pod_probe(FieldReader& fields, const boost::json::object& container,
                                  std::string_view key);

/// Seconds in a probe: 0 to a day, whatever is written.
Duration probe_seconds(FieldReader& fields, const boost::json::object* from, std::string_view key,
                       int otherwise);
/// Counts in a probe, likewise.
int probe_count(FieldReader& fields, const boost::json::object* from, std::string_view key,
                int otherwise);

}  // namespace spillway::kubernetes
