// Lateness that is there at any load is not paid for; what comes beside it is.
#include "policies/latency/auto/lateness_floor.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <string>

#include "policies/latency/auto/archive.hpp"
#include "policies/latency/auto/auto_policy.hpp"

namespace spillway::autopilot::lateness_floor_test {
namespace {

constexpr FloorSample calm{.late = 0.02, .utilization = 0.4, .load = 80.0, .held = 190.0};

/// `sample` for so many quarters of a minute.
LatenessFloor after(const FloorSample& sample, int slots, LatenessFloor floor = {}) {
  for (int slot{0}; slot < slots; ++slot) floor.learn(sample);
  return floor;
}

TEST_CASE("what is late with room to spare is the floor, and what counts is beyond it") {
  CHECK(LatenessFloor{}.beyond(0.05) == 0.05);
  const LatenessFloor night{after(calm, 2'000)};
  CHECK(night.beyond(0.02) < 1e-4);
  CHECK(night.beyond(0.05) == doctest::Approx(0.0306).epsilon(0.01));
  CHECK(night.beyond(1.0) == doctest::Approx(1.0));
  CHECK(night.beyond(0.0) == 0.0);
  // It fades like it came, once such requests are on time.
  FloorSample cured{calm};
  cured.late = 0.0;
  CHECK(after(cured, 2'000, night).beyond(0.05) == doctest::Approx(0.05).epsilon(0.01));
}

TEST_CASE("a busy fleet, a full one and a tenth of the requests teach no floor") {
  FloorSample busy{calm};
  busy.utilization = 0.7;
  FloorSample full{calm};
  full.load = 150.0;
  FloorSample trouble{calm};
  trouble.late = 0.2;
  FloorSample idle{calm};
  idle.load = 0.0;
  for (const FloorSample& sample : {busy, full, trouble, idle}) {
    CHECK(after(sample, 2'000).beyond(0.05) == 0.05);
  }
}

TEST_CASE("a damaged memory leaves no floor beyond a tenth") {
  for (const double damaged : {-5.0, 0.7, 1e300}) {
    const Memory memory{damaged};
    LatenessFloor floor{};
    Reader reader{memory};
    floor.keep(reader);
    CHECK(floor.beyond(1.0) == doctest::Approx(1.0));
    CHECK(floor.beyond(0.5) >= 0.44);
    CHECK(floor.beyond(0.5) <= 0.5);
  }
}

/// Burst replica-hours of the third day, at 40 to 200 req/s by the time of the day and with so many
/// requests late whatever runs.
double burst_hours(double late, std::string* words = nullptr) {
  const AutoPolicy policy{{}};
  History past{};
  int burst{0};
  double hours{0.0};
  for (double at_s{0.0}; at_s < 3.0 * 86'400.0; at_s += 60.0) {
    const double load{120.0 + 80.0 * std::sin(at_s / 86'400.0 * 6.2832)};
    Snapshot now{.taken_at = TimePoint{duration_of_seconds(at_s)}, .workload = "web"};
    const auto told{[&](const char* signal, double value) {
      now.readings.set(signal, Reading::fresh(value, now.taken_at));
    }};
    told("load", load);
    told("utilization", std::min(1.0, load / (10.0 * (8 + burst))));
    told("late", late);
    now.fleet.base = BasePool{.ready = {8}, .desired = {8}};
    Group group{.id = {}, .phase = GroupPhase::serving};
    group.size.replicas = {burst};
    now.fleet.burst = std::vector<Group>{group};
    Recommendation asked{policy.recommend(now, past)};
    if (asked.floor) burst = std::max(0, asked.floor->count - 8);
    if (words != nullptr) *words = asked.words;
    past.memories["auto"] = std::move(asked.memory);
    if (at_s >= 2.0 * 86'400.0) hours += burst / 60.0;
  }
  return hours;
}

TEST_CASE("lateness that no replica cures was paid for without end") {
  std::string words{};
  const double usual{burst_hours(0.0, &words)};
  REQUIRE(usual > 50.0);
  CHECK(words.find("late at any load") == std::string::npos);
  CHECK(burst_hours(0.02, &words) < 1.15 * usual);
  INFO(words);
  CHECK(words.find("2.0 % of the requests are late at any load, and do not count") !=
        std::string::npos);
}

}  // namespace
}  // namespace spillway::autopilot::lateness_floor_test
