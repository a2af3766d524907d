// Every policy that the registry knows, with settings that let it work, in several variants: what
// property tests run over. A type without a line here fails a test.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "policies/policy.hpp"

namespace spillway::testing {

struct PolicyUnderTest {
  std::string name{};  ///< type and variant, for a failing check
  std::unique_ptr<Policy> policy{};
};

/// In the order of the registry.
std::vector<PolicyUnderTest> every_policy();

}  // namespace spillway::testing
