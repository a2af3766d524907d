// Stories of a changed template: it rolls through in batches without a gap, and a bad one is taken
// back by itself.
#include <doctest/doctest.h>

#include "tests/scenarios/world.hpp"
#include "tests/support/printing.hpp"

namespace spillway::testing {
namespace {

using namespace std::chrono_literals;

void use_image(Workload& workload, std::string image) {
  workload.replica.image = std::move(image);
  workload.plan_limits.template_hash = template_hash(workload.replica);
}

/// The same configuration with another image, as a reload brings it.
LoopConfig with_image(const Controller& spillway, const std::string& image) {
  LoopConfig config{spillway.config};
  const auto workload{std::make_shared<Workload>(*config.workloads.at("web"))};
  use_image(*workload, image);
  config.workloads["web"] = workload;
  return config;
}

int groups_with(const World& world, const std::string& image) {
  int count{0};
  for (const std::string& name : world.cloud.names()) {
    if (world.cloud.find(name)->request.replica.image == image) ++count;
  }
  return count;
}

constexpr const char* first{"registry.example/web:1"};
constexpr const char* second{"registry.example/web:2"};

TEST_CASE("a new image rolls through the burst, and no second is short of capacity") {
  World world{};
  Controller& spillway{world.start()};
  world.load_rps = 56.0;  // 7 replicas: 3 burst groups
  REQUIRE(world.run_until([&] { return world.serving() == 7; }, 60s));
  world.run_for(1min);
  spillway.loop->reload(with_image(spillway, second));
  int serving_least{100};
  const bool is_through{world.run_until(
      [&] {
        serving_least = std::min(serving_least, world.serving());
        return groups_with(world, first) == 0;
      },
      15min)};
  CHECK(is_through);
  CHECK(serving_least >= 7);
  CHECK(groups_with(world, second) == 3);
  CHECK(world.cloud.count_calls("create") == 6);
  CHECK(spillway.notebook.rollbacks.empty());
  world.run_for(5min);
  CHECK(world.cloud.count_calls("create") == 6);  // and that was it
}

TEST_CASE("an image that never serves is taken back, and the old groups serve on") {
  World world{};
  Controller& spillway{world.start()};
  world.load_rps = 56.0;
  REQUIRE(world.run_until([&] { return world.serving() == 7; }, 60s));
  world.run_for(1min);
  world.broken_image = second;
  spillway.loop->reload(with_image(spillway, second));
  CHECK(world.run_until([&] { return !spillway.notebook.rollbacks.empty(); }, 30min));
  CHECK(world.serving() == 7);
  CHECK(groups_with(world, first) == 3);
  REQUIRE(world.run_until([&] { return groups_with(world, second) == 0; }, 30min));

  // Growth takes the old image again; a reload with the same bad one changes nothing.
  spillway.loop->reload(with_image(spillway, second));
  world.load_rps = 64.0;
  CHECK(world.run_until([&] { return world.serving() == 8; }, 2min));
  CHECK(groups_with(world, first) == 4);
  CHECK(spillway.notebook.rollbacks == std::vector<std::string>{"web: its groups do not serve"});

  // A third one is a new try.
  spillway.loop->reload(with_image(spillway, "registry.example/web:3"));
  CHECK(world.run_until([&] { return groups_with(world, "registry.example/web:3") == 4; }, 30min));
}

TEST_CASE("a rolling update that is switched off leaves old groups until they are not wanted") {
  World world{};
  Controller& spillway{
      world.start([](LoopSettings&, Workload& workload) { workload.rolling.is_enabled = false; })};
  world.load_rps = 56.0;
  REQUIRE(world.run_until([&] { return world.serving() == 7; }, 60s));
  spillway.loop->reload(with_image(spillway, second));
  world.run_for(10min);
  CHECK(groups_with(world, first) == 3);
}

}  // namespace
}  // namespace spillway::testing
