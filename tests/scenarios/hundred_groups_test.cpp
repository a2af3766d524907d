// A hundred groups under Azure's real create limits (100 in 5 minutes, 300 in an hour), in virtual
// time: this controller against a naive one, which asks for what does not run yet at every tick and
// takes the first place and size there are. Prints the figures; the checks say who is ahead.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <string>

#include "tests/scenarios/world.hpp"
#include "tests/support/printing.hpp"

namespace asio = boost::asio;

namespace spillway::testing::hundred_groups_test {
namespace {

using namespace std::chrono_literals;

struct Figures {
  Duration took{};       ///< until 100 replicas run
  int creates{0};        ///< sent
  int throttled{0};      ///< of those, answered 429
  int replicas_most{0};  ///< that ran at once
};

std::string words(const char* who, const Figures& figures) {
  return fmt::format(
      "{:<9} 100 replicas after {:>4} s, {:>4} creates sent, {:>4} throttled, at most {:>3} "
      "replicas",
      who, figures.took / 1s, figures.creates, figures.throttled, figures.replicas_most);
}

constexpr int wanted{100};

int running_replicas(const FakeProvider& cloud, TimePoint now) {
  int count{0};
  for (const std::string& name : cloud.names()) {
    const FakeGroup* const group{cloud.find(name)};
    const bool runs{group->provisioned_at && *group->provisioned_at <= now && !group->deleted_at &&
                    group->failure.empty()};
    if (runs) count += group->request.size.replicas.count;
  }
  return count;
}

/// What happened to the subscription before: a flap that used up most of the five minutes' creates.
void use_up_creates(World& world, int count) {
  world.cloud.behaviour.groups_per_region = 1000;
  world.cloud.behaviour.cores_per_region = 1000.0;
  for (int i{0}; i < count; ++i) {
    GroupRequest request{};
    request.id.name = "flap-" + std::to_string(i);
    request.place = {.subscription = "s", .region = "eastus"};
    request.tags.owner = "somebody-else";
    asio::co_spawn(world.context,
                   world.cloud.create(request, io::deadline_after(world.clock, 1min)),
                   [](std::exception_ptr, const Result<void>&) {});
  }
  world.run_for(1s);
  for (int i{0}; i < count; ++i) {
    const std::string name{"flap-" + std::to_string(i)};
    if (world.cloud.find(name) != nullptr) world.cloud.vanish(name);
  }
}

asio::awaitable<void> ask(FakeProvider& cloud, GroupRequest request, io::Deadline deadline,
                          Figures& figures) {
  ++figures.creates;
  const auto answer = co_await cloud.create(std::move(request), deadline);
  if (!answer && answer.error().code == Errc::throttled) ++figures.throttled;
}

/// Each 5 s: as many creates as there are replicas that do not run, under names of the moment.
Figures naive(int used_up) {
  World world{};
  use_up_creates(world, used_up);
  Figures figures{};
  const TimePoint began{world.clock.now()};
  int names{0};
  while (world.clock.now() - began < 20min) {
    const int running{running_replicas(world.cloud, world.clock.now())};
    figures.replicas_most = std::max(figures.replicas_most, running);
    if (running >= wanted && figures.took == Duration{}) figures.took = world.clock.now() - began;
    for (int i{running}; i < wanted; ++i) {
      GroupRequest request{};
      request.id.name = fmt::format("naive-{}", ++names);
      request.place = {.subscription = "s", .region = "eastus"};
      request.tags.owner = "test";
      asio::co_spawn(
          world.context,
          ask(world.cloud, std::move(request), io::deadline_after(world.clock, 1min), figures),
          [](std::exception_ptr) {});
    }
    world.run_for(5s);
  }
  return figures;
}

Figures ours(int used_up) {
  World world{};
  use_up_creates(world, used_up);
  const auto before{world.cloud.count_calls("create")};
  Controller& controller{world.start([](LoopSettings&, Workload& web) {
    web.decision.limits.max_burst = wanted;
    Offer large{web.offers.at(0)};
    large.size = {.vcpu = 4.0, .memory_gb = 6.0, .replicas = 4_replicas};
    large.price = {Money{large.price.per_hour.nanos * 4}};
    web.offers.push_back(large);
  })};
  world.run_for(10s);
  world.load_rps = (wanted + 4) * 8.0;
  const TimePoint began{world.clock.now()};
  Figures figures{};
  while (world.clock.now() - began < 20min) {
    const int running{running_replicas(world.cloud, world.clock.now())};
    figures.replicas_most = std::max(figures.replicas_most, running);
    if (running >= wanted && figures.took == Duration{}) figures.took = world.clock.now() - began;
    world.run_for(1s);
  }
  figures.creates = static_cast<int>(world.cloud.count_calls("create") - before);
  for (const std::string& call : controller.notebook.failed_calls) {
    if (call.starts_with("create") && call.find("Throttled") != std::string::npos) {
      ++figures.throttled;
    }
  }
  return figures;
}

TEST_CASE("a hundred replicas after a flap: larger groups instead of five minutes of waiting") {
  const Figures fresh{ours(0)};
  const Figures fresh_naive{naive(0)};
  const Figures flapped{ours(60)};
  const Figures flapped_naive{naive(60)};
  MESSAGE("all creates left:  " << words("spillway", fresh));
  MESSAGE("all creates left:  " << words("naive", fresh_naive));
  MESSAGE("60 creates spent:  " << words("spillway", flapped));
  MESSAGE("60 creates spent:  " << words("naive", flapped_naive));
  CHECK(fresh.took <= 1min);
  CHECK(fresh.replicas_most == wanted);
  CHECK(fresh.throttled == 0);
  CHECK(flapped.took <= 1min);
  CHECK(flapped.throttled == 0);
  CHECK(flapped_naive.took >= 4min);
  CHECK(flapped_naive.throttled > 100);
}

}  // namespace
}  // namespace spillway::testing::hundred_groups_test
