#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include "tests/support/skip.hpp"

int main(int count, char** arguments) {
  doctest::Context context{count, arguments};
  const int outcome{context.run()};
  if (outcome != 0) return outcome;
  return spillway::testing::skipped_tests() > 0 ? spillway::testing::exit_code_skipped : 0;
}
