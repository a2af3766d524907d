// A YAML document as a tree of values with places, as the reader wants it: keys in order and
// unique, aliases and merge keys resolved, nothing of the YAML library left. Immutable once built;
// aliased parts are shared.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "controller/settings/config_error.hpp"

namespace spillway::settings {

struct Node;
using NodePtr = std::shared_ptr<const Node>;

struct MapEntry {
  std::string key{};
  Mark key_mark{};
  NodePtr value{};
};

struct Node {
  enum class Kind { nothing, scalar, list, map };

  Kind kind{Kind::nothing};
  Mark mark{};
  std::string text{};     ///< of a scalar
  bool is_quoted{false};  ///< a scalar in quotes, or a block of text: never a number
  std::vector<NodePtr> items{};
  std::vector<MapEntry> entries{};
  std::size_t size{1};  ///< values in this tree, counting shared parts each time
  std::size_t depth{1};

  /// The entry with this key; null if there is none or this is no map.
  const MapEntry* find(std::string_view key) const;
};

/// A place in the tree, for complaints about a value or about its absence.
struct Place {
  Mark mark{};         ///< of the last step that exists
  std::string path{};  ///< of all steps: `workloads.web.policies[0].type`
};

/// Example: `{"workloads", "web", "cluster"}` is at the key `cluster`, or at `web` if there is no
/// cluster. The value itself is meant if it is an element of a list.
Place locate(const Node& root, const std::vector<std::string_view>& steps);

}  // namespace spillway::settings
