// From a pod template to what a burst replica has to look like. Pure: the template and the contents
// of what it refers to in, a description and remarks out. The reasons are those of Azure Container
// Instances, the provider there is.
#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <vector>

#include "controller/core/derived_replica.hpp"
#include "controller/core/error.hpp"
#include "controller/kubernetes/references.hpp"
#include "controller/kubernetes/remarks.hpp"

namespace spillway::kubernetes {

struct TemplateSource {
  const boost::json::object* pod_template{nullptr};  ///< `spec.template`
  std::string name_space{};
  std::vector<std::string> claims{};  ///< of a StatefulSet
  const ReferencedData* referenced{nullptr};
};

struct DerivedTemplate {
  /// Its `left_out` has both kinds of remarks.
  DerivedReplica derived{};
  Remarks remarks{};

  bool operator==(const DerivedTemplate&) const = default;
};

/// The main container is the one that `kubectl.kubernetes.io/default-container` names, else the
/// first; its port the one named `http`, else its first TCP port. Other containers are sidecars.
/// What is left out, and what blocks, is named once with its reason. Errors: `malformed`.
Result<DerivedTemplate> derive_replica(const TemplateSource& source);

}  // namespace spillway::kubernetes
