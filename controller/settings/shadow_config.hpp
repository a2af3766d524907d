// The `shadow:` block of a workload: a second set of policies that decides beside the acting one,
// is journalled and compared, and acted on by nobody.
#pragma once

#include <memory>
#include <vector>

#include "controller/core/fields.hpp"
#include "policies/combine/arbiter.hpp"
#include "policies/combine/stabilizer.hpp"
#include "policies/registry.hpp"

namespace spillway::settings {

struct ShadowConfig {
  std::vector<std::shared_ptr<PolicyDraft>> policies{};
  ArbiterSettings arbiter{};
  BehaviorSettings behavior{};
  Duration wait{std::chrono::milliseconds{200}};
};

void describe(Fields& fields, ShadowConfig& config);

/// One policy, told apart by its `type:`. Null becomes the draft of the type that is read.
void describe_policy(Fields& fields, std::shared_ptr<PolicyDraft>& policy);

/// The list `policies` of a section, each told apart by its `type:`.
void describe_policies(Fields& fields, std::vector<std::shared_ptr<PolicyDraft>>& policies);

}  // namespace spillway::settings
