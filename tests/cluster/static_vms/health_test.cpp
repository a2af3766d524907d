#include "controller/cluster/static_vms/health.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

namespace spillway::static_vms::health_test {

namespace {

/// The states after each of `probes` (`+` passed, `-` failed), as `U` and `D`.
std::string history(std::string_view probes, int fall, int rise) {
  std::string states{};
  Health health{};
  for (const char probe : probes) {
    health = after_probe(health, probe == '+', fall, rise);
    states += health.is_up.value() ? 'U' : 'D';
  }
  return states;
}

}  // namespace

TEST_CASE("the first probe decides at once, in either direction") {
  CHECK(history("+", 3, 2) == "U");
  CHECK(history("-", 3, 2) == "D");
  CHECK_FALSE(Health{}.is_up.has_value());
}

TEST_CASE("only failures in a row take an address down, only passes in a row bring it back") {
  CHECK(history("+--+--+", 3, 2) == "UUUUUUU");
  CHECK(history("+---", 3, 2) == "UUUD");
  CHECK(history("-+-+", 3, 2) == "DDDD");
  CHECK(history("-++", 3, 2) == "DDU");
  CHECK(history("+-+-", 1, 1) == "UDUD");
}

}  // namespace spillway::static_vms::health_test
