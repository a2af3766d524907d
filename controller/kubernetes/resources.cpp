#include "controller/kubernetes/resources.hpp"

#include <fmt/format.h>

namespace spillway::kubernetes {

std::string api_version(const Resource& resource) {
  return resource.group.empty() ? resource.version : resource.group + "/" + resource.version;
}

std::string collection_path(const Resource& resource, std::string_view name_space) {
  const std::string root{resource.group.empty() ? "/api/" : "/apis/"};
  const std::string place{name_space.empty()
                              ? std::string{}
                              : fmt::format("/namespaces/{}", io::percent_encode(name_space))};
  return fmt::format("{}{}{}/{}", root, api_version(resource), place, resource.plural);
}

std::string object_path(const Resource& resource, std::string_view name_space,
                        std::string_view name) {
  return collection_path(resource, name_space) + "/" + io::percent_encode(name);
}

}  // namespace spillway::kubernetes
