// What was asked of HAProxy in this run: it keeps neither the group of a slot nor a weight finer
// than its own scale. Losing it (a restart of ours) costs one repeated admit, nothing else.
#pragma once

#include <map>
#include <string>
#include <utility>

#include "controller/traffic/traffic.hpp"

namespace spillway::haproxy {

class Asked {
 public:
  void remember(const Backend& backend);
  void forget(const Backend& backend);

  /// What was asked for the group of `listed`, or at its address if that has no group. Null if
  /// nothing was. Valid until something else is remembered or forgotten.
  const Backend* find(const Backend& listed) const;

 private:
  std::map<std::string, Backend> by_group_{};
  std::map<std::pair<std::string, int>, std::string> group_at_{};
};

}  // namespace spillway::haproxy
