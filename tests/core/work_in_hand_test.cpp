#include "controller/core/work_in_hand.hpp"

#include <doctest/doctest.h>

#include <array>

#include "tests/support/printing_core.hpp"

namespace spillway::work_in_hand_test {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint noon{1'000'000'000ms};

InHand jobs(double count, TimePoint at = noon) {
  return {.jobs = count, .sampled_at = at};
}

TEST_CASE("a worker's sample is found by its name, its address, or its address with any port") {
  struct Row {
    const char* name;
    const char* label;
    const char* ip;
    bool is_found;
  };
  const std::array rows{
      Row{"the group's name", "web-1", "10.0.0.4", true},
      Row{"the name of one without an address, as Spot groups are", "web-1", "", true},
      Row{"address and port of the workload", "10.0.0.4:8080", "10.0.0.4", true},
      Row{"another port, for metrics", "10.0.0.4:9102", "10.0.0.4", true},
      Row{"the address alone", "10.0.0.4", "10.0.0.4", true},
      Row{"IPv6 with a port", "[fd00::4]:9102", "fd00::4", true},
      Row{"IPv6 alone", "fd00::4", "fd00::4", true},
      Row{"another replica", "10.0.0.40:8080", "10.0.0.4", false},
      Row{"another name", "web-11", "10.0.0.4", false},
      Row{"a bracket that does not close", "[fd00::4", "fd00::4", false},
      Row{"no address to go by", "10.0.0.4:8080", "", false},
      Row{"an empty label", "", "", false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const WorkInHand work{{row.label, jobs(2.0)}};
    CHECK(in_hand_of(work, {"web-1"}, row.ip, 8080).has_value() == row.is_found);
  }
}

TEST_CASE("several processes of a group count together, as old as the oldest") {
  const WorkInHand work{{"10.0.0.4:9101", jobs(0.0, noon)},
                        {"10.0.0.4:9102", jobs(1.0, noon - 10s)},
                        {"10.0.0.5:9101", jobs(7.0, noon - 1min)}};
  CHECK(in_hand_of(work, {"web-1"}, "10.0.0.4", 8080) == jobs(1.0, noon - 10s));
}

TEST_CASE("its own address and port goes before others at the same address") {
  const WorkInHand work{{"127.0.0.1:8080", jobs(0.0)}, {"127.0.0.1:8081", jobs(3.0)}};
  CHECK(in_hand_of(work, {"web-1"}, "127.0.0.1", 8080) == jobs(0.0));
  CHECK(in_hand_of(work, {"web-2"}, "127.0.0.1", 8081) == jobs(3.0));
}

TEST_CASE("a share of a job is a job") {
  CHECK(whole_jobs(0.0) == 0);
  CHECK(whole_jobs(0.2) == 1);
  CHECK(whole_jobs(3.0) == 3);
  CHECK(whole_jobs(1e300) == 1'000'000);
}

}  // namespace
}  // namespace spillway::work_in_hand_test
