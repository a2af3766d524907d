// What only a real nginx can show: where the requests go while its file is rewritten, and that a
// broken one changes nothing.
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <chrono>
#include <string>

#include "controller/io/atomic_file.hpp"
#include "controller/traffic/reconcile.hpp"
#include "tests/contract/traffic/worlds.hpp"
#include "tests/support/printing.hpp"
#include "tests/support/skip.hpp"

namespace spillway::template_file_test {

using namespace spillway::testing;

namespace {

using World = TemplateFileWorld;

Result<void> admit(World& world, const Backend& backend) {
  return world.time().run(world.traffic().admit(backend, world.time().soon()));
}
Result<void> drain(World& world, const Backend& backend) {
  return world.time().run(world.traffic().drain(backend, world.time().soon()));
}
Result<void> evict(World& world, const Backend& backend) {
  return world.time().run(world.traffic().evict(backend, world.time().soon()));
}
std::vector<ListedBackend> list(World& world, const std::string& workload = "web") {
  const auto listed = world.time().run(world.traffic().list(workload, world.time().soon()));
  REQUIRE(listed);
  return *listed;
}

struct Load {
  bool is_over{false};
  int running{0};
  int good{0};
  int failed{0};
};

/// One client that asks again as soon as it has an answer, each time on a connection of its own.
boost::asio::awaitable<void> ask_on(World& world, Load& load) {
  ++load.running;
  while (!load.is_over) {
    auto request = world.rig().request("web", "/");
    const auto response =
        co_await world.rig().client().send(std::move(request), world.time().soon());
    const bool is_good{response && response->status == 200};
    ++(is_good ? load.good : load.failed);
  }
  --load.running;
}

}  // namespace

#define NEEDS_NGINX() \
  if (!World::is_available()) return skip_test(World::reason)

TEST_CASE("nginx sends requests once a replica is admitted, and none once it drains") {
  NEEDS_NGINX();
  World world{};
  const Backend backend{world.backend("shop-1", "shop")};
  CHECK(world.rig().get("shop").first == 502);
  CHECK(admit(world, backend));
  CHECK(world.is_served_by("shop", "shop-1"));
  CHECK(drain(world, backend));
  CHECK(world.is_served_by("shop", ""));
  const int before{world.server_of(backend).requests()};
  for (int i{0}; i < 10; ++i) CHECK(world.rig().get("shop").first == 502);
  CHECK(world.server_of(backend).requests() == before);
}

TEST_CASE("nginx lets a request in flight finish through drain and eviction") {
  NEEDS_NGINX();
  World world{};
  const Backend first{world.backend("shop-1", "shop")};
  const Backend second{world.backend("shop-2", "shop")};
  CHECK(admit(world, first));
  world.hold_request(first);
  CHECK(admit(world, second));
  CHECK(drain(world, first));
  CHECK(evict(world, first));
  CHECK(world.is_served_by("shop", "shop-2"));
  CHECK_FALSE(world.held_answer->has_value());
  world.finish_request(first);
  CHECK(*world.held_answer == 200);
}

TEST_CASE("no request fails in nginx while replicas are admitted and withdrawn under load") {
  NEEDS_NGINX();
  World world{World::Base::one};
  std::vector<Backend> backends{};
  for (int i{0}; i < 4; ++i) backends.push_back(world.backend("web-" + std::to_string(i)));
  Load load{};
  for (int i{0}; i < 8; ++i) {
    boost::asio::co_spawn(world.time().context, ask_on(world, load), [](std::exception_ptr) {});
  }
  const auto begin = std::chrono::steady_clock::now();
  int changes{0};
  for (int round{0}; round < 5; ++round) {
    std::vector<WantedBackend> wanted{};
    for (const Backend& backend : backends) {
      wanted.push_back({backend, BackendState::admitted});
      if ((static_cast<std::size_t>(round) + wanted.size()) % 3 == 0)
        wanted.back().state = BackendState::draining;
    }
    const auto calls = reconcile(wanted, list(world));
    for (const auto& done : world.time().run(world.traffic().carry_out(calls, world.time().soon())))
      CHECK(done);
    ++changes;
    const int seen{load.good};
    world.time().drive([&] { return load.good >= seen + 200; });
  }
  const auto calls = reconcile({}, list(world));
  for (const auto& done : world.time().run(world.traffic().carry_out(calls, world.time().soon())))
    CHECK(done);
  const int seen{load.good};
  world.time().drive([&] { return load.good >= seen + 100; });
  load.is_over = true;
  world.time().drive([&] { return load.running == 0; });
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::steady_clock::now() - begin);
  MESSAGE(load.good << " requests in " << took.count() << " ms, " << changes + 1 << " reloads, "
                    << load.failed << " failed");
  CHECK(load.failed == 0);
  for (const Backend& backend : backends) CHECK(world.server_of(backend).requests() > 0);
}

TEST_CASE("a template that nginx refuses: the old file stays, and nginx serves on") {
  NEEDS_NGINX();
  World world{};
  const Backend first{world.backend("shop-1", "shop")};
  CHECK(admit(world, first));
  CHECK(world.is_served_by("shop", "shop-1"));
  const std::string good{*io::read_file(world.rig().file("shop"), 10000)};
  world.rig().write_template(world.rig().template_text() + "serverr {{workload}};\n");
  const auto calls = reconcile({{first}}, list(world, "shop"));
  REQUIRE(calls.size() == 1);
  const auto refused =
      world.time().run(world.traffic().carry_out(calls, world.time().soon())).front();
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::bad_request);
  CHECK(refused.error().context.find("unknown directive \"serverr\"") != std::string::npos);
  CHECK(*io::read_file(world.rig().file("shop"), 10000) == good);
  CHECK(world.rig().get("shop") == std::pair{200, std::string{"shop-1"}});
  world.rig().write_template(world.rig().template_text());
  CHECK(reconcile({{first}}, list(world, "shop")).empty());
}

TEST_CASE("nginx takes the template that we ship for it") {
  NEEDS_NGINX();
  World world{};
  const std::string shipped{std::string{SPILLWAY_SOURCE_ROOT} +
                            "/config/templates/nginx-upstream.conf"};
  const auto text = io::read_file(shipped, template_file::template_bytes_max);
  REQUIRE(text);
  world.rig().write_template(*text);
  Backend backend{world.backend("web-1")};
  CHECK(admit(world, backend));
  backend.ip = "::1";
  CHECK(admit(world, backend));
  CHECK(drain(world, backend));
  const auto written = io::read_file(world.rig().file("web"), 10000);
  REQUIRE(written);
  CHECK(written->find("server [::1]:") != std::string::npos);
  CHECK(written->find(" weight=10 down;   # web-1") != std::string::npos);
}

}  // namespace spillway::template_file_test
