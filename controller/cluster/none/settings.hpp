// The settings of a cluster that is none: there are none.
#pragma once

#include <string_view>

#include "controller/core/fields.hpp"

namespace spillway::none {

struct Settings {
  static constexpr std::string_view type{"none"};
  static constexpr bool describes_replicas{false};
};

inline void describe(Fields& /*fields*/, Settings& /*settings*/) {}

}  // namespace spillway::none
