// Whether the controller may touch the world. A property of the executor, never of a decision: both
// modes decide and plan the same.
#pragma once

#include <string_view>

namespace spillway {

enum class Mode {
  observe,  ///< decides, explains, records; does not act
  act,      ///< carries the plans out
};

constexpr std::string_view to_string(Mode mode) {
  return mode == Mode::act ? "act" : "observe";
}

}  // namespace spillway
