// What the config file says about an API server: where it is and who we are there. The same section
// for everything that talks to Kubernetes.
#pragma once

#include <string>

#include "controller/core/fields.hpp"

namespace spillway::kubernetes {

struct ConnectionSettings {
  std::string kubeconfig{};  ///< empty: KUBECONFIG, the pod's own account, or ~/.kube/config
  std::string context{};     ///< empty: the current one
  std::string server{};      ///< set: no kubeconfig at all
  std::string token_file{};
  std::string ca_file{};
  std::string certificate_file{};
  std::string key_file{};

  bool operator==(const ConnectionSettings&) const = default;
};

/// Declares these settings in the section of the adapter that has them.
void describe(Fields& fields, ConnectionSettings& settings);

}  // namespace spillway::kubernetes
