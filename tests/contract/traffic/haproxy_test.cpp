// What only a real HAProxy can show: where the requests go.
#include <boost/asio/co_spawn.hpp>
#include <string>

#include "controller/traffic/reconcile.hpp"
#include "tests/contract/traffic/worlds.hpp"
#include "tests/support/printing.hpp"
#include "tests/support/skip.hpp"

namespace spillway::haproxy_test {

using namespace spillway::testing;

namespace {

using World = HaproxyWorld;

Result<void> admit(World& world, const Backend& backend) {
  return world.time().run(world.traffic().admit(backend, world.time().soon()));
}
Result<void> drain(World& world, const Backend& backend) {
  return world.time().run(world.traffic().drain(backend, world.time().soon()));
}
Result<void> evict(World& world, const Backend& backend) {
  return world.time().run(world.traffic().evict(backend, world.time().soon()));
}
Result<std::vector<ListedBackend>> list(World& world, const std::string& workload = "web") {
  return world.time().run(world.traffic().list(workload, world.time().soon()));
}

}  // namespace

#define NEEDS_HAPROXY() \
  if (!World::is_available()) return skip_test("haproxy is missing: apt-get install haproxy")

TEST_CASE("requests flow once a backend is admitted, and not before") {
  NEEDS_HAPROXY();
  World world{};
  const Backend backend{world.backend("shop-1", "shop")};
  CHECK(world.rig().get("shop").first == 503);
  CHECK(admit(world, backend));
  CHECK(world.rig().get("shop") == std::pair{200, std::string{"shop-1"}});
  CHECK(drain(world, backend));
  CHECK(world.rig().get("shop").first == 503);
  CHECK(world.server_of(backend).requests() == 1);
}

TEST_CASE("a drain lets the request in flight finish while new ones go elsewhere") {
  NEEDS_HAPROXY();
  World world{};
  const Backend first{world.backend("shop-1", "shop")};
  const Backend second{world.backend("shop-2", "shop")};
  CHECK(admit(world, first));
  world.hold_request(first);
  CHECK(admit(world, second));
  CHECK(drain(world, first));
  CHECK(world.rig().spread("shop", 6) == std::map<std::string, int>{{"shop-2", 6}});
  CHECK(evict(world, first).error().code == Errc::transitioning);
  CHECK_FALSE(world.held_answer->has_value());
  world.finish_request(first);
  CHECK(*world.held_answer == 200);
  CHECK(wait_until([&] { return evict(world, first).has_value(); }));
}

TEST_CASE("a burst replica gets as many requests as a base server, and more by its weight") {
  NEEDS_HAPROXY();
  World world{};
  Backend backend{world.backend("web-1")};
  CHECK(admit(world, backend));
  auto spread = world.rig().spread("web", 20);
  CHECK(spread["base"] == 10);
  CHECK(spread["web-1"] == 10);
  backend.weight = 300;
  CHECK(admit(world, backend));
  spread = world.rig().spread("web", 40);
  CHECK(spread["web-1"] >= 28);
  CHECK(spread["web-1"] <= 32);
}

TEST_CASE("servers of others stay as they are, also ones whose names look like ours") {
  NEEDS_HAPROXY();
  World world{};
  world.rig().ask("add server be_web/spillway 127.0.0.1:9 weight 33");
  world.rig().ask("add server be_web/web-1 127.0.0.1:9 weight 34");
  const auto others = [&] {
    std::string rows{};
    const std::string state{world.rig().ask("show servers conn be_web")};
    for (std::size_t at{0}; at < state.size(); at = state.find('\n', at) + 1) {
      const std::string row{state.substr(at, state.find('\n', at) - at)};
      if (row.find("/spillway-") == std::string::npos)
        rows += row.substr(0, row.find(" - ")) + "\n";
    }
    return rows;
  };
  const std::string before{others()};
  for (const std::string group : {"web-1", "vm1", "spillway"}) {
    const Backend backend{world.backend(group)};
    CHECK(admit(world, backend));
    CHECK(drain(world, backend));
    CHECK(wait_until([&] { return evict(world, backend).has_value(); }));
  }
  CHECK(list(world)->empty());
  CHECK(others() == before);
  CHECK(before.find("be_web/vm1") != std::string::npos);
  CHECK(world.rig().get("web") == std::pair{200, std::string{"base"}});
}

TEST_CASE("a group's name that is a command is refused and reaches nobody") {
  NEEDS_HAPROXY();
  World world{};
  Backend backend{world.backend("x; set server be_web/vm1 state maint")};
  CHECK(admit(world, backend).error().code == Errc::bad_request);
  backend.group.name = "x\nset server be_web/vm1 state maint";
  CHECK(admit(world, backend).error().code == Errc::bad_request);
  CHECK(world.rig().get("web").first == 200);
}

TEST_CASE("requests never fail while a backend comes and goes under load") {
  NEEDS_HAPROXY();
  World world{};
  const Backend backend{world.backend("web-1")};
  int failed{0};
  for (int round{0}; round < 5; ++round) {
    CHECK(admit(world, backend));
    for (int i{0}; i < 10; ++i) failed += world.rig().get("web").first == 200 ? 0 : 1;
    CHECK(drain(world, backend));
    for (int i{0}; i < 4; ++i) failed += world.rig().get("web").first == 200 ? 0 : 1;
    CHECK(wait_until([&] { return evict(world, backend).has_value(); }));
  }
  CHECK(failed == 0);
  CHECK(world.server_of(backend).requests() > 0);
}

TEST_CASE("slots keep serving through a restart with a server-state file") {
  NEEDS_HAPROXY();
  World world{{.slots = "aci"}};
  const Backend backend{world.backend("shop-1", "shop")};
  CHECK(admit(world, backend));
  world.rig().save_server_state();
  world.restart();
  CHECK(reconcile({{backend}}, *list(world, "shop")).empty());
  CHECK(world.rig().get("shop") == std::pair{200, std::string{"shop-1"}});
}

TEST_CASE("more replicas than slots is an error that says what to enlarge") {
  NEEDS_HAPROXY();
  World world{{.slots = "aci"}};
  for (int i{1}; i <= 3; ++i) CHECK(admit(world, world.backend("web-" + std::to_string(i))));
  const Result<void> refused = admit(world, world.backend("web-4"));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::no_capacity);
  CHECK(list(world)->size() == 3);
}

TEST_CASE("slots that are filled at the same time do not end up in one") {
  NEEDS_HAPROXY();
  World world{{.slots = "aci"}};
  int done{0};
  for (int i{1}; i <= 3; ++i) {
    const Backend backend{world.backend("web-" + std::to_string(i))};
    boost::asio::co_spawn(world.time().context, world.traffic().admit(backend, world.time().soon()),
                          [&done](std::exception_ptr, Result<void> admitted) {
                            CHECK(admitted);
                            ++done;
                          });
  }
  world.time().drive([&] { return done == 3; });
  CHECK(list(world)->size() == 3);
}

TEST_CASE("one of two processes restarts: partial until it is told again") {
  NEEDS_HAPROXY();
  World world{{}, 2};
  const Backend backend{world.backend("web-1")};
  CHECK(admit(world, backend));
  world.rig(1).restart();
  CHECK(list(world)->at(0).state == BackendState::partial);
  for (const TrafficCall& call : reconcile({{backend}}, *list(world))) {
    CHECK(call.kind == TrafficCall::Kind::admit);
    CHECK(admit(world, call.backend));
  }
  CHECK(list(world)->at(0).state == BackendState::admitted);
  CHECK(wait_until([&] { return world.rig(1).spread("web", 4).contains("web-1"); }));
}

TEST_CASE("one of two processes is gone: the other still gets burst replicas") {
  NEEDS_HAPROXY();
  World world{{}, 2};
  const Backend backend{world.backend("web-1")};
  world.rig(1).stop();
  CHECK(admit(world, backend));
  CHECK(list(world)->at(0).state == BackendState::admitted);
  CHECK(drain(world, backend).error().code == Errc::unavailable);
  world.rig(1).start();
  CHECK(drain(world, backend));
}

TEST_CASE("a HAProxy that hangs ends in a timeout, not in a hanging tick") {
  NEEDS_HAPROXY();
  World world{{.timeout = std::chrono::milliseconds{200}}};
  world.rig().freeze();
  const auto listed = list(world);
  REQUIRE_FALSE(listed);
  CHECK(listed.error().code == Errc::timeout);
}

TEST_CASE("a HAProxy that is not running is unavailable, never an empty list") {
  NEEDS_HAPROXY();
  World world{};
  world.rig().stop();
  CHECK(list(world).error().code == Errc::unavailable);
  CHECK(admit(world, world.backend("web-1")).error().code == Errc::unavailable);
}

TEST_CASE("a socket without `level admin` is refused with the words that help") {
  NEEDS_HAPROXY();
  RealTime time{};
  HaproxyRig rig{time, {.web_servers = "  server vm1 127.0.0.1:9", .level = "user"}};
  haproxy::HaproxyTraffic traffic{
      "edge", haproxy::Settings{.sockets = {rig.tcp_socket()}, .backend = "be_web"}, time.clock};
  Backend backend{.group = {"a"}, .workload = "web", .ip = "127.0.0.1", .port = 9};
  const Result<void> refused = time.run(traffic.admit(backend, time.soon()));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::denied);
  CHECK(refused.error().context.find("level admin") != std::string::npos);
}

TEST_CASE("a backend that HAProxy does not have is named") {
  NEEDS_HAPROXY();
  World world{};
  const auto listed = list(world, "nothing");
  REQUIRE_FALSE(listed);
  CHECK(listed.error().code == Errc::bad_request);
  CHECK(listed.error().context.find("`backend`") != std::string::npos);
}

}  // namespace spillway::haproxy_test
