// Whose money a virtual node spends: asked before each group, and told which groups there are. The
// node itself knows no prices and keeps no accounts.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "controller/core/group.hpp"
#include "controller/core/units.hpp"
#include "controller/provider/burst_provider.hpp"

namespace spillway::virtual_node {

class Purse {
 public:
  virtual ~Purse() = default;

  /// All groups of the node, as just listed; call it with each listing, also an empty one.
  virtual void note(const std::vector<ProviderGroup>& groups, TimePoint now) = 0;

  /// Why no group of this size may be created in `place` now, in words; nothing: it may, and counts
  /// as created until the next `note`.
  virtual std::optional<std::string> refuses(const Place& place, const GroupSize& size,
                                             TimePoint now) = 0;
};

}  // namespace spillway::virtual_node
