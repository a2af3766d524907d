#include "controller/core/round_trips.hpp"

#include <doctest/doctest.h>

namespace spillway::round_trips_test {
namespace {

using namespace std::chrono_literals;

const Place east{.subscription = "s", .region = "eastus"};

TEST_CASE("a region is as far as half of its quickest probe, whatever zone or subscription") {
  RoundTrips trips{};
  CHECK(!trips.round_trip(east));
  trips.note(east, 90ms);
  trips.note({.subscription = "t", .region = "eastus", .zone = "2"}, 60ms);
  trips.note(east, 900ms);  // a busy replica
  CHECK(trips.round_trip(east) == 30ms);
  CHECK(!trips.round_trip({.subscription = "s", .region = "westus"}));
}

TEST_CASE("a way that has become longer is found out after sixteen probes") {
  RoundTrips trips{};
  trips.note(east, 20ms);
  for (int probe{0}; probe < 15; ++probe) trips.note(east, 100ms);
  CHECK(trips.round_trip(east) == 10ms);
  trips.note(east, 100ms);
  CHECK(trips.round_trip(east) == 50ms);
}

TEST_CASE("a clock that is set back measures nothing") {
  RoundTrips trips{};
  trips.note(east, -5s);
  CHECK(!trips.round_trip(east));
}

TEST_CASE("distances are read back as they were; damage is skipped") {
  RoundTrips trips{};
  trips.note(east, 44ms);
  const RoundTrips again{
      RoundTrips::from_text("x\n" + trips.to_text() + "westus\tfar\nnorth\t-4\n")};
  CHECK(again.round_trip(east) == 22ms);
  CHECK(!again.round_trip({.region = "westus"}));
  CHECK(!again.round_trip({.region = "north"}));
}

}  // namespace
}  // namespace spillway::round_trips_test
