// How a config names a workload of a Kubernetes cluster. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "controller/core/error.hpp"
#include "controller/kubernetes/objects.hpp"

namespace spillway::kubernetes {

struct ServiceName {
  std::optional<OwnerKind> kind{};  ///< nothing: a Deployment, or else a StatefulSet
  std::string name_space{};
  std::string name{};

  std::string key() const { return name_space + "/" + name; }
  bool operator==(const ServiceName&) const = default;
};

/// `[deployment:|statefulset:][NAMESPACE/]NAME`. Error: `bad_request`.
/// Example: `statefulset:shop/cart` is the StatefulSet cart in the namespace shop.
Result<ServiceName> parse_service(std::string_view text, std::string_view usual_name_space);

}  // namespace spillway::kubernetes
