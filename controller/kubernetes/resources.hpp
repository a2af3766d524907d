// The kinds of objects that are asked for, and the paths they live at. Pure.
#pragma once

#include <string>
#include <string_view>

#include "controller/io/url.hpp"

namespace spillway::kubernetes {

/// One kind of object in one version of its group.
struct Resource {
  std::string group{};  ///< empty: the core group
  std::string version{"v1"};
  std::string plural{};  ///< `deployments`

  bool operator==(const Resource&) const = default;
};

/// `apps/v1`, `v1`: what an object says in `apiVersion`.
std::string api_version(const Resource& resource);

/// `/apis/apps/v1/namespaces/shop/deployments`; an empty namespace is all of them, or the cluster.
std::string collection_path(const Resource& resource, std::string_view name_space);

/// The same with the object's name at the end, percent-encoded.
std::string object_path(const Resource& resource, std::string_view name_space,
                        std::string_view name);

inline Resource pods() {
  return {.plural = "pods"};
}
inline Resource nodes() {
  return {.plural = "nodes"};
}
inline Resource services() {
  return {.plural = "services"};
}
inline Resource secrets() {
  return {.plural = "secrets"};
}
inline Resource config_maps() {
  return {.plural = "configmaps"};
}
inline Resource deployments() {
  return {.group = "apps", .plural = "deployments"};
}
inline Resource stateful_sets() {
  return {.group = "apps", .plural = "statefulsets"};
}
inline Resource leases() {
  return {.group = "coordination.k8s.io", .plural = "leases"};
}

}  // namespace spillway::kubernetes
