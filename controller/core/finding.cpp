#include "controller/core/finding.hpp"

namespace spillway {

std::string_view to_string(Health health) {
  switch (health) {
    case Health::ok:
      return "ok";
    case Health::warning:
      return "warning";
    case Health::failure:
      return "failure";
  }
  return "unknown";
}

}  // namespace spillway
