// The volumes of a pod as a container group can have them: scratch space, ConfigMaps and Secrets as
// files, shares of Azure Files. Everything else is named with its reason. Pure.
#pragma once

#include <boost/json/object.hpp>
#include <map>
#include <string>
#include <vector>

#include "controller/core/container_parts.hpp"
#include "controller/kubernetes/json_fields.hpp"
#include "controller/kubernetes/references.hpp"
#include "controller/kubernetes/remarks.hpp"

namespace spillway::kubernetes {

/// Volumes by their name in the pod, and that name as Azure allows it.
class PodVolumes {
 public:
  /// `claims` are the names of a StatefulSet's own volumes.
  PodVolumes(FieldReader& fields, const boost::json::object* pod_spec,
             const ReferencedData& referenced, const std::vector<std::string>& claims);

  /// The mounts of one container. Remarks are made only about volumes that are mounted: what nobody
  /// uses is missed by nobody. The token of a service account is left out silently here.
  std::vector<Mount> mounts_of(const boost::json::object& container, Remarks& remarks);

  /// Those that were mounted, by the name that the mounts use.
  std::map<std::string, Volume> used() const { return used_; }

 private:
  struct Known {
    Volume volume{};
    std::string why_not{};  ///< empty: it can be had
    bool is_token{false};
  };

  Known read(const boost::json::object* volume);
  Known read_projected(const boost::json::object* projected);
  Known read_share(const std::string& secret, const std::string& share, bool is_read_only);
  std::string add_files(Reference reference, const boost::json::object* source,
                        std::map<std::string, std::string>& files);

  FieldReader& fields_;
  const ReferencedData& referenced_;
  std::map<std::string, Known> known_{};
  std::map<std::string, Volume> used_{};
};

/// Azure wants 5 to 63 characters: `tmp` becomes `vol-tmp`.
std::string azure_volume_name(const std::string& name);

}  // namespace spillway::kubernetes
