// What the store kept of resource groups in use: what is understood names scopes, few of them, each
// once, and is written again as it was read.

#include "controller/core/error.hpp"
#include "controller/provider/aci/former_scopes.hpp"
#include "tests/fuzz/input.hpp"

namespace spillway::fuzz_former_scopes {

SPILLWAY_FUZZ_TARGET(former_scopes, data, size) {
  const auto scopes = aci::scopes_from_text(fuzz::text(data, size));
  SPILLWAY_ASSERT(scopes.size() <= 64);
  SPILLWAY_ASSERT(aci::not_among(scopes, {}) == scopes);
  for (const aci::Scope& scope : scopes) {
    SPILLWAY_ASSERT(!scope.subscription.empty() &&
                    aci::is_resource_group_name(scope.resource_group));
  }
  SPILLWAY_ASSERT(aci::scopes_from_text(aci::to_text(scopes)) == scopes);
  return 0;
}

}  // namespace spillway::fuzz_former_scopes
