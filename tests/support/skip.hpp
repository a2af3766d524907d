// Skipping with a reason: a test that needs a program this machine does not have says so and the
// test program ends with 77, which meson reports as SKIP, never as a silent pass.
#pragma once

#include <cstdio>
#include <string_view>

namespace spillway::testing {

inline constexpr int exit_code_skipped{77};

/// How many tests of this program were skipped.
inline int& skipped_tests() {
  static int count{0};
  return count;
}

/// Call and return from the test case: `if (!promtool) return skip_test("promtool is missing:
/// ...");`
inline void skip_test(std::string_view reason) {
  ++skipped_tests();
  std::fprintf(stderr, "SKIPPED: %.*s\n", static_cast<int>(reason.size()), reason.data());
}

}  // namespace spillway::testing
