#include "policies/registry.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

namespace spillway::registry_test {
namespace {

TEST_CASE("every type that is listed builds a policy of that name with a sentence of help") {
  CHECK(std::ranges::is_sorted(policy_types()));
  CHECK(std::ranges::count(policy_types(), "target_utilization") == 1);
  CHECK(std::ranges::count(policy_types(), "saturation") == 1);
  for (const std::string_view type : policy_types()) {
    CAPTURE(type);
    const auto draft{draft_policy(type)};
    REQUIRE(draft != nullptr);
    CHECK(draft->type() == type);
    CHECK(draft->help().ends_with("."));
    CHECK(draft->build()->name() == type);
    CHECK(draft->clone()->build()->name() == type);
  }
}

TEST_CASE("a type that does not exist has no draft") {
  CHECK(draft_policy("target-utilization") == nullptr);
  CHECK(draft_policy("") == nullptr);
}

}  // namespace
}  // namespace spillway::registry_test
