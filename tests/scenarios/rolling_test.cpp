// Stories of a changed template: it rolls through in batches without a gap, and a bad one is taken
// back by itself.
#include <doctest/doctest.h>

#include <algorithm>

#include "controller/core/template_memory.hpp"
#include "tests/scenarios/world.hpp"
#include "tests/support/printing.hpp"

namespace spillway::testing::rolling_test {
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

/// Three burst groups, and a workload whose failed requests are watched.
Controller& with_errors(World& world, double before) {
  world.error_share = before;
  Controller& spillway{world.start([](LoopSettings&, Workload& web) {
    web.rolling.error_signal = "errors";
    web.rolling.error_max = 0.05;
    web.rolling.error_rise = 2.0;
  })};
  world.load_rps = 56.0;
  REQUIRE(world.run_until([&] { return world.serving() == 7; }, 60s));
  world.run_for(5min);
  spillway.loop->reload(with_image(spillway, second));
  REQUIRE(world.run_until([&] { return groups_with(world, second) > 0; }, 2min));
  return spillway;
}

TEST_CASE("errors that rise during an update take the old image back") {
  World world{};
  Controller& spillway{with_errors(world, 0.01)};
  world.error_share = 0.06;
  CHECK(world.run_until([&] { return !spillway.notebook.rollbacks.empty(); }, 30s));
  CHECK(spillway.notebook.rollbacks ==
        std::vector<std::string>{"web: errors rose during the update"});
  CHECK(world.run_until([&] { return groups_with(world, second) == 0; }, 10min));
  CHECK(groups_with(world, first) == 3);
}

TEST_CASE("errors that were there before an update are not held against it") {
  World world{};
  Controller& spillway{with_errors(world, 0.20)};
  world.error_share = 0.35;
  CHECK(world.run_until([&] { return groups_with(world, first) == 0; }, 15min));
  CHECK(spillway.notebook.rollbacks.empty());
}

TEST_CASE("errors that double during an update are, even if there were many before") {
  World world{};
  Controller& spillway{with_errors(world, 0.20)};
  world.error_share = 0.45;
  CHECK(world.run_until([&] { return !spillway.notebook.rollbacks.empty(); }, 30s));
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

/// What a person has written into the config file, and a restart reads again.
std::function<void(LoopSettings&, Workload&)> configured(std::string image) {
  return
      [image = std::move(image)](LoopSettings&, Workload& workload) { use_image(workload, image); };
}

TEST_CASE("a template that was taken back is not tried again after a restart") {
  World world{};
  Controller& spillway{world.start()};
  world.load_rps = 56.0;
  REQUIRE(world.run_until([&] { return world.serving() == 7; }, 60s));
  world.run_for(1min);
  world.broken_image = second;
  spillway.loop->reload(with_image(spillway, second));
  REQUIRE(world.run_until([&] { return !spillway.notebook.rollbacks.empty(); }, 30min));
  REQUIRE(world.run_until([&] { return groups_with(world, second) == 0; }, 30min));
  const std::size_t created{world.cloud.count_calls("create")};
  world.kill(spillway);

  Controller& successor{world.start(configured(second))};
  CHECK(successor.notebook.rollbacks == std::vector<std::string>{"web: it was taken back before"});
  world.run_for(20min);
  CHECK(world.cloud.count_calls("create") == created);
  CHECK(world.serving() == 7);
  world.load_rps = 64.0;
  CHECK(world.run_until([&] { return world.serving() == 8; }, 2min));
  CHECK(groups_with(world, first) == 4);  // growth takes what is known to serve

  // A third one is a new try, also if it comes with a restart.
  world.kill(successor);
  world.start(configured("registry.example/web:3"));
  CHECK(world.run_until([&] { return groups_with(world, "registry.example/web:3") == 4; }, 30min));
}

TEST_CASE("a restart in the middle of a roll does not make the new template a trusted one") {
  World world{};
  Controller& spillway{world.start()};
  world.load_rps = 56.0;
  REQUIRE(world.run_until([&] { return world.serving() == 7; }, 60s));
  world.run_for(1min);
  world.broken_image = second;
  spillway.loop->reload(with_image(spillway, second));
  REQUIRE(world.run_until([&] { return groups_with(world, second) == 1; }, 5min));
  world.kill(spillway);

  Controller& successor{world.start(configured(second))};
  CHECK(world.run_until([&] { return !successor.notebook.rollbacks.empty(); }, 60min));
  CHECK(world.run_until([&] { return groups_with(world, second) == 0; }, 30min));
  CHECK(groups_with(world, first) == 3);
  CHECK(world.serving() == 7);
}

TEST_CASE("where the old template cannot be made again nothing is created from the bad one") {
  World world{};
  const auto with_secret{[](LoopSettings&, Workload& workload) {
    workload.replica.secure_env = {{"TOKEN", "hunter2"}};
    use_image(workload, first);
  }};
  Controller& spillway{world.start(with_secret)};
  world.load_rps = 56.0;
  REQUIRE(world.run_until([&] { return world.serving() == 7; }, 60s));
  world.broken_image = second;
  spillway.loop->reload(with_image(spillway, second));
  REQUIRE(world.run_until([&] { return !spillway.notebook.rollbacks.empty(); }, 30min));
  REQUIRE(world.run_until([&] { return groups_with(world, second) == 0; }, 30min));
  for (const auto& [key, kept] : world.disk->kept) {
    CHECK(kept.text.find("hunter2") == std::string::npos);
  }
  world.kill(spillway);

  // The same bad one, with the secret: it is the same template, and the old one can be made.
  Controller& successor{world.start([](LoopSettings&, Workload& workload) {
    workload.replica.secure_env = {{"TOKEN", "hunter2"}};
    use_image(workload, second);
  })};
  world.load_rps = 64.0;
  CHECK(world.run_until([&] { return world.serving() == 8; }, 2min));
  const auto names{world.cloud.names()};
  for (const std::string& name : names) {
    CHECK(world.cloud.find(name)->request.replica.secure_env.at("TOKEN") == "hunter2");
  }
  world.kill(successor);

  // The template that was taken back had no such secret, so the old one has lost its value.
  const std::string bad{world.disk->kept.at("template web").text};
  auto memory{template_memory_from(bad)};
  REQUIRE(memory);
  ReplicaTemplate plain{world.cloud.find(names.front())->request.replica};
  plain.secure_env.clear();
  plain.image = second;
  memory->rejected_hash = template_hash(plain);
  world.disk->kept.at("template web").text = to_text(*memory);
  Controller& third{world.start(configured(second))};
  REQUIRE(third.notebook.rollbacks.size() == 1);
  CHECK(third.notebook.rollbacks.front().find("without secure_env TOKEN") != std::string::npos);
  const std::size_t created{world.cloud.count_calls("create")};
  world.load_rps = 80.0;
  world.run_for(10min);
  CHECK(world.cloud.count_calls("create") == created);
  CHECK(world.serving() == 8);  // what serves goes on
  CHECK(third.web().plan.withheld.at(0).because == Because::template_unknown);
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

/// Ten groups in the cheap one of two regions, six of them with the second image by now.
Controller& six_of_ten_rolled(World& world) {
  Controller& spillway{world.start([](LoopSettings&, Workload& web) {
    use_two_regions(web);
    web.decision.limits = {.max_burst = 10, .max_cover = 0};
  })};
  world.load_rps = 14 * 8.0;
  REQUIRE(world.run_until([&] { return world.serving() == 14; }, 3min));
  world.run_for(1min);
  spillway.loop->reload(with_image(spillway, second));
  REQUIRE(world.run_until([&] { return groups_with(world, second) == 6; }, 30min));
  world.run_for(20s);  // it serves
  return spillway;
}

TEST_CASE("a region that goes dark in the middle of an update takes no good image back") {
  World world{};
  Controller& spillway{six_of_ten_rolled(world)};
  world.dark_regions.insert("eastus");
  world.cloud.behaviour.refusing_regions["eastus"] = {Errc::no_capacity, "ServiceUnavailable"};
  const auto is_moved{[&] {
    return std::ranges::all_of(world.cloud.names(), [&](const std::string& name) {
      const auto& request{world.cloud.find(name)->request};
      return request.place.region == "westus" && request.replica.image == second;
    });
  }};
  CHECK(world.run_until(is_moved, 40min));
  CHECK(spillway.notebook.rollbacks.empty());
}

TEST_CASE("an image that stops serving in the middle of its update is taken back all the same") {
  World world{};
  Controller& spillway{six_of_ten_rolled(world)};
  world.broken_image = second;  // the others of its region pass their probes
  CHECK(world.run_until([&] { return !spillway.notebook.rollbacks.empty(); }, 10min));
}

}  // namespace
}  // namespace spillway::testing::rolling_test
