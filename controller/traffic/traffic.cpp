#include "controller/traffic/traffic.hpp"

namespace spillway {

std::string_view to_string(BackendState state) {
  switch (state) {
    case BackendState::admitted:
      return "admitted";
    case BackendState::draining:
      return "draining";
    case BackendState::partial:
      return "partial";
  }
  return "unknown";
}

}  // namespace spillway
