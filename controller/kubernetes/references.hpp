// The ConfigMaps and Secrets that a pod template refers to, and what is in them. Pure: reading them
// is env_reader.hpp's business.
#pragma once

#include <boost/json/object.hpp>
#include <compare>
#include <map>
#include <set>
#include <string>

#include "controller/core/error.hpp"

namespace spillway::kubernetes {

struct Reference {
  enum class Kind { config_map, secret };

  Kind kind{Kind::config_map};
  std::string name{};

  auto operator<=>(const Reference&) const = default;
};

/// `ConfigMap web-settings`.
std::string to_string(const Reference& reference);

/// Names and contents, decoded; or why there are none.
struct KeyedData {
  std::map<std::string, std::string> data{};
  std::string why_not{};  ///< empty: `data` is what there is
  std::string type{};     ///< of a Secret

  bool operator==(const KeyedData&) const = default;
};

using ReferencedData = std::map<Reference, KeyedData>;

/// Errors: `malformed` (not such an object, base64 that is none).
Result<KeyedData> parse_config_map(const boost::json::object& object);
Result<KeyedData> parse_secret(const boost::json::object& object);

/// Everything that environment, volumes and image pulls of `pod_template` (`spec.template`) name.
std::set<Reference> references_of(const boost::json::object& pod_template);

}  // namespace spillway::kubernetes
