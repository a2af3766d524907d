#include "tests/emulator/router.hpp"

#include <algorithm>

#include "controller/core/error.hpp"
#include "tests/emulator/text.hpp"

namespace spillway::emulator {

const std::string& Call::capture(std::string_view name) const {
  const auto found{captures.find(name)};
  SPILLWAY_ASSERT(found != captures.end());
  return found->second;
}

void Router::add(std::span<const Route> routes) {
  for (const Route& route : routes) {
    const auto pattern{parse_target(route.pattern)};
    SPILLWAY_ASSERT(pattern.has_value());
    entries_.push_back({.route = route, .segments = pattern->segments});
  }
}

Router::Match Router::find(std::string_view method, const Url& url) const {
  Match match;
  for (const Entry& entry : entries_) {
    if (entry.segments.size() != url.segments.size()) continue;
    std::map<std::string, std::string, std::less<>> captures;
    bool same{true};
    for (std::size_t i{0}; same && i < url.segments.size(); ++i) {
      const std::string& expected{entry.segments[i]};
      if (expected.starts_with('{')) {
        captures[expected.substr(1, expected.size() - 2)] = url.segments[i];
      } else {
        same = equal_text(expected, url.segments[i]);
      }
    }
    if (!same) continue;
    // HEAD asks whether a GET would find something.
    const bool exists{method == "HEAD" && entry.route.method == "GET"};
    if (entry.route.method == method || exists) {
      return {.route = &entry.route, .allowed = {}, .captures = std::move(captures)};
    }
    match.allowed.emplace_back(entry.route.method);
  }
  return match;
}

}  // namespace spillway::emulator
