#include "metrics/prometheus/replica_choice.hpp"

#include <doctest/doctest.h>

#include "tests/support/manual_clock.hpp"

namespace spillway::prometheus::replica_choice_test {
namespace {

using namespace std::chrono_literals;
using Order = std::vector<std::size_t>;
constexpr TimePoint t0{testing::monday_noon};

TEST_CASE("the preferred replica is asked first, the others in their order") {
  const ReplicaChoice choice{3, 30s};
  CHECK(choice.order() == Order{0, 1, 2});
  CHECK_FALSE(choice.due_for_trial(t0));
}

TEST_CASE("a failed replica is asked last, and the one that took over is kept") {
  ReplicaChoice choice{3, 30s};
  choice.failed(0, t0);
  choice.succeeded(1);
  CHECK(choice.order() == Order{1, 2, 0});
  CHECK(choice.in_use() == 1);
}

TEST_CASE("a failed preferred replica gets a trial after a while and is taken back") {
  ReplicaChoice choice{2, 30s};
  choice.failed(0, t0);
  CHECK_FALSE(choice.due_for_trial(t0 + 29s));
  CHECK(choice.due_for_trial(t0 + 30s) == 0);
  choice.failed(0, t0 + 30s);
  CHECK_FALSE(choice.due_for_trial(t0 + 59s));
  choice.succeeded(0);
  CHECK(choice.in_use() == 0);
  CHECK_FALSE(choice.due_for_trial(t0 + 2min));
}

TEST_CASE("a failed replica behind the one in use needs no trial") {
  ReplicaChoice choice{2, 30s};
  choice.failed(1, t0);
  CHECK(choice.in_use() == 0);
  CHECK_FALSE(choice.due_for_trial(t0 + 1h));
}

TEST_CASE("when all fail, the one that failed longest ago is asked first") {
  ReplicaChoice choice{3, 30s};
  choice.failed(1, t0);
  choice.failed(2, t0 + 1s);
  choice.failed(0, t0 + 2s);
  CHECK(choice.order() == Order{1, 2, 0});
}

TEST_CASE("a single replica is always asked, however often it fails") {
  ReplicaChoice choice{1, 30s};
  choice.failed(0, t0);
  CHECK(choice.order() == Order{0});
  CHECK_FALSE(choice.due_for_trial(t0 + 1h));
}

}  // namespace
}  // namespace spillway::prometheus::replica_choice_test
