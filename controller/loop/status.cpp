#include "controller/loop/status.hpp"

namespace spillway {

std::string_view to_string(Mode mode) {
  return mode == Mode::act ? "act" : "observe";
}

}  // namespace spillway
