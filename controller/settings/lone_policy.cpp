#include "controller/settings/lone_policy.hpp"

#include "controller/settings/attachments.hpp"
#include "controller/settings/document.hpp"
#include "controller/settings/workload_config.hpp"
#include "controller/settings/yaml_reader.hpp"

namespace spillway::settings {

LonePolicy parse_policy(std::string_view text, const std::string& name,
                        const Environment& environment) {
  Complaints complaints;
  const NodePtr root{parse_document(text, complaints.add_file(name), complaints)};
  if (!root) return complaints.sorted();
  std::shared_ptr<PolicyDraft> policy{};
  read_settings(
      *root, [&policy](Fields& fields) { describe_policy(fields, policy); }, environment,
      complaints);
  // A policy with mistakes may name what it does not mean.
  if (complaints.count() == 0) attach_to_policy(*policy, *root, environment, complaints);
  if (complaints.count() > 0) return complaints.sorted();
  return policy;
}

}  // namespace spillway::settings
