#include "controller/provider/aci/aci_standby.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <string>

#include "tests/provider/arm_rig.hpp"
#include "tests/support/printing.hpp"

namespace spillway::aci::aci_standby_test {
namespace {

using namespace std::chrono_literals;

struct Fixture : rig::ArmRig {
  static StandbyOrder order(int ready) {
    StandbyOrder made{};
    made.workload = "web";
    made.place = {.subscription = "sub", .region = "eastus"};
    made.replica.image = "web:1";
    made.template_hash = "h1";
    made.ready = ready;
    return made;
  }
  /// What Azure shows of the pool.
  static std::string pool(std::string_view state, int capacity, int revision = 1) {
    return fmt::format(
        R"({{"name":"pool","tags":{{"spillway-owner":"prod","spillway-template":"h1"}},
            "properties":{{"provisioningState":"{}","elasticityProfile":{{"maxReadyCapacity":{}}},
            "containerGroupProperties":{{"containerGroupProfile":{{"revision":{}}}}}}}}})",
        state, capacity, revision);
  }
  static constexpr std::string_view stock{
      R"({"properties":{"instanceCountSummary":[{"instanceCountsByState":[
          {"state":"Running","count":2}]}],"status":{"code":"HealthState/healthy"}}})"};

  Result<StandbyStock> keep(int ready) {
    return clock.run(standby.keep(order(ready), io::deadline_after(clock, 1min)));
  }
  /// The methods of the requests since the last call.
  std::string asked() {
    std::string all{};
    for (; told < http.requests.size(); ++told) all += http.requests[told].method + " ";
    return all;
  }

  AciStandby standby{arm, settings(), "prod"};
  std::size_t told{0};
};

TEST_CASE("a pool that is as ordered is looked at and not written") {
  Fixture world{};
  for (int round{0}; round < 3; ++round) {
    world.http.answer(200, Fixture::pool("Succeeded", 2));
    world.http.answer(200, std::string{Fixture::stock});
    const auto stock = world.keep(2);
    REQUIRE(stock);
    CHECK(stock->is_healthy);
    CHECK(world.asked() == "GET GET ");
  }
}

TEST_CASE("a pool whose creation failed after it was accepted is reported, and written again") {
  Fixture world{};
  world.http.answer(200, Fixture::pool("Creating", 2));
  world.http.answer(200, std::string{Fixture::stock});
  REQUIRE(world.keep(2));
  CHECK(world.asked() == "GET GET ");

  world.http.answer(200, Fixture::pool("Failed", 2));  // looked at
  world.http.answer(200, Fixture::pool("Failed", 2));  // looked at before it is written
  world.http.answer(200, Fixture::pool("Creating", 2));
  world.http.answer(200, std::string{Fixture::stock});
  const auto failed = world.keep(2);
  REQUIRE(failed);
  CHECK_FALSE(failed->is_healthy);
  CHECK(failed->words.find("could not create") != std::string::npos);
  CHECK(world.asked() == "GET GET PUT GET ");

  // It fails again: the next write waits for a look, then for two.
  for (const char* expected : {"GET GET ", "GET GET PUT GET ", "GET GET ", "GET GET "}) {
    CAPTURE(expected);
    world.http.answer(200, Fixture::pool("Failed", 2));
    if (std::string_view{expected}.find("PUT") != std::string_view::npos) {
      world.http.answer(200, Fixture::pool("Failed", 2));
      world.http.answer(200, Fixture::pool("Creating", 2));
    }
    world.http.answer(200, std::string{Fixture::stock});
    CHECK_FALSE(world.keep(2)->is_healthy);
    CHECK(world.asked() == expected);
  }
}

TEST_CASE("a pool that somebody resized is brought back to its size") {
  Fixture world{};
  world.http.answer(200, Fixture::pool("Succeeded", 2));
  world.http.answer(200, std::string{Fixture::stock});
  REQUIRE(world.keep(2));
  CHECK(world.asked() == "GET GET ");
  world.http.answer(200, Fixture::pool("Succeeded", 50));
  world.http.answer(200, Fixture::pool("Succeeded", 50));
  world.http.answer(200, Fixture::pool("Succeeded", 2));
  world.http.answer(200, std::string{Fixture::stock});
  REQUIRE(world.keep(2));
  CHECK(world.asked() == "GET GET PUT GET ");
}

TEST_CASE("the sweep knows a pool in whatever case Azure writes its name") {
  Fixture world{};
  std::string name{standby_name("prod", Fixture::order(1))};
  for (char& letter : name) {
    if (letter >= 'a' && letter <= 'z') letter = static_cast<char>(letter - 'a' + 'A');
  }
  const std::string page{fmt::format(
      R"({{"value":[{{"name":"{}","tags":{{"spillway-owner":"prod"}},"properties":{{}}}}]}})",
      name)};
  world.http.answer(200, page);
  world.http.answer(200, page);
  const auto removed = world.clock.run(
      world.standby.remove_others({Fixture::order(1)}, io::deadline_after(world.clock, 1min)));
  REQUIRE(removed);
  CHECK(removed->empty());
  CHECK(world.asked() == "GET GET ");
}

}  // namespace
}  // namespace spillway::aci::aci_standby_test
