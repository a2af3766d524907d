// The environment of one container, as Kubernetes would make it: sources first, variables over them
// in their order, `$(NAME)` filled in. What comes from a Secret stays secret, also where it was
// filled into something else. Pure.
#pragma once

#include <boost/json/object.hpp>
#include <map>
#include <string>
#include <string_view>

#include "controller/kubernetes/json_fields.hpp"
#include "controller/kubernetes/references.hpp"
#include "controller/kubernetes/remarks.hpp"

namespace spillway::kubernetes {

/// Facts about the pod that its environment may ask for.
struct PodFacts {
  std::string name_space{};
  std::string service_account{};
  std::map<std::string, std::string> labels{};
  std::map<std::string, std::string> annotations{};
};

struct Variable {
  std::string value{};
  bool is_secret{false};

  bool operator==(const Variable&) const = default;
};

using Environment = std::map<std::string, Variable>;

/// The variables of `container`. Blocking remarks: a reference that is not optional and cannot be
/// read. Left out, each with its reason: what only a node knows (addresses, names), names that
/// Azure does not allow.
Environment environment_of(FieldReader& fields, const boost::json::object& container,
                           const PodFacts& facts, const ReferencedData& referenced,
                           Remarks& remarks);

/// `text` with each `$(NAME)` replaced by the variable, if there is one; `$$` is a dollar. Tells in
/// `is_secret` whether a secret got into it. Example: `http://$(HOST):80`, HOST=db: `http://db:80`.
std::string expanded(std::string_view text, const Environment& environment, bool& is_secret);

}  // namespace spillway::kubernetes
