// What only a real etcd can show: its keys as another client reads them, users, and rights.
#include <boost/asio/co_spawn.hpp>
#include <string>
#include <vector>

#include "controller/traffic/reconcile.hpp"
#include "tests/contract/traffic/worlds.hpp"
#include "tests/support/printing.hpp"
#include "tests/support/skip.hpp"

namespace spillway::etcd_test {

using namespace spillway::testing;

namespace {

using World = EtcdWorld;

Result<void> admit(World& world, const Backend& backend) {
  return world.time().run(world.traffic().admit(backend, world.time().soon()));
}
Result<void> drain(World& world, const Backend& backend) {
  return world.time().run(world.traffic().drain(backend, world.time().soon()));
}
Result<void> evict(World& world, const Backend& backend) {
  return world.time().run(world.traffic().evict(backend, world.time().soon()));
}
std::vector<ListedBackend> list(World& world) {
  const auto listed = world.time().run(world.traffic().list("web", world.time().soon()));
  REQUIRE(listed);
  return *listed;
}

std::string get(World& world, const std::string& key) {
  return world.rig().run({"get", "--print-value-only", key});
}

Result<void> admit_with(World& world, const etcd::Settings& settings) {
  auto traffic =
      etcd::make_etcd_traffic(world.time().context, world.time().clock, "keys", settings);
  REQUIRE(traffic);
  return world.time().run((*traffic)->admit(world.backend("x-1"), world.time().soon()));
}

}  // namespace

#define NEEDS_ETCD() \
  if (!World::is_available()) return skip_test(World::reason)

TEST_CASE("readers of etcd find a replica with traffic, and no other") {
  NEEDS_ETCD();
  World world{};
  world.rig().run({"put", "/spillway/replicas/web/base", "somebody else's"});
  const Backend backend{world.backend("web-1")};
  CHECK(admit(world, backend));
  CHECK(get(world, "/spillway/replicas/web/web-1") ==
        R"({"host":"10.0.0.1","port":80,"weight":100,"group":"web-1"})"
        "\n");
  CHECK(drain(world, backend));
  CHECK(get(world, "/spillway/replicas/web/web-1") == "");
  CHECK(get(world, "/spillway/registry/web/web-1").find(R"("state":"draining")") !=
        std::string::npos);
  CHECK(evict(world, backend));
  CHECK(world.rig().run({"get", "--prefix", "--keys-only", "/"}) ==
        "/spillway/replicas/web/base\n\n");
}

TEST_CASE("a key that somebody removed, changed or broke is seen and repaired") {
  NEEDS_ETCD();
  World world{};
  const Backend backend{world.backend("web-1")};
  CHECK(admit(world, backend));
  const std::string good{get(world, "/spillway/replicas/web/web-1")};
  const std::vector<std::vector<std::string>> damages{
      {"del", "/spillway/replicas/web/web-1"},
      {"put", "/spillway/replicas/web/web-1", "{}"},
      {"put", "/spillway/registry/web/web-1", "broken"}};
  for (const auto& damage : damages) {
    world.rig().run(damage);
    REQUIRE(list(world).size() == 1);
    CHECK(list(world).front().state == BackendState::partial);
    const auto calls = reconcile({{backend}}, list(world));
    REQUIRE(calls.size() == 1);
    CHECK(admit(world, calls.front().backend));
    CHECK(reconcile({{backend}}, list(world)).empty());
    CHECK(get(world, "/spillway/replicas/web/web-1") == good);
  }
  world.rig().run({"put", "/spillway/registry/web/web-1", "broken"});
  CHECK(drain(world, backend));
  CHECK(list(world).front().state == BackendState::draining);
  world.rig().run({"put", "/spillway/registry/web/web-1", "broken"});
  CHECK(evict(world, backend));
  CHECK(list(world).empty());
}

TEST_CASE("hundreds of replicas need few transactions") {
  NEEDS_ETCD();
  World world{};
  std::vector<TrafficCall> calls{};
  std::vector<WantedBackend> wanted{};
  for (int i{0}; i < 300; ++i) {
    const Backend backend{world.backend("web-" + std::to_string(i))};
    calls.push_back({TrafficCall::Kind::admit, backend});
    wanted.push_back({backend});
  }
  const auto begin = std::chrono::steady_clock::now();
  for (const auto& done : world.time().run(world.traffic().carry_out(calls, world.time().soon())))
    CHECK(done);
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::steady_clock::now() - begin);
  MESSAGE("300 replicas admitted in " << took.count() << " ms");
  CHECK(reconcile(wanted, list(world)).empty());
}

TEST_CASE("etcd's users: with the password it works, without or with another it says why") {
  NEEDS_ETCD();
  World world{};
  for (const std::vector<std::string>& command : std::vector<std::vector<std::string>>{
           {"user", "add", "root:r"},
           {"user", "add", "spillway:secret"},
           {"user", "add", "reader:secret"},
           {"role", "add", "root"},
           {"role", "add", "writer"},
           {"role", "grant-permission", "writer", "--prefix=true", "readwrite", "/spillway/"},
           {"user", "grant-role", "root", "root"},
           {"user", "grant-role", "spillway", "writer"},
           {"auth", "enable"}}) {
    world.rig().run(command);
  }
  etcd::Settings settings{world.settings()};
  const auto nobody = admit_with(world, settings);
  REQUIRE_FALSE(nobody);
  CHECK(nobody.error().code == Errc::denied);
  CHECK(nobody.error().context.find("asks for a `user`") != std::string::npos);
  settings.user = "spillway";
  settings.password = "wrong";
  const auto wrong = admit_with(world, settings);
  REQUIRE_FALSE(wrong);
  CHECK(wrong.error().code == Errc::denied);
  CHECK(wrong.error().context.find("authentication failed") != std::string::npos);
  settings.password = "secret";
  CHECK(admit_with(world, settings));
  settings.user = "reader";
  const auto forbidden = admit_with(world, settings);
  REQUIRE_FALSE(forbidden);
  CHECK(forbidden.error().code == Errc::denied);
  CHECK(forbidden.error().context.find("permission denied") != std::string::npos);
}

TEST_CASE("a user where etcd has none is a mistake of the config") {
  NEEDS_ETCD();
  World world{};
  etcd::Settings settings{world.settings()};
  settings.user = "spillway";
  settings.password = "secret";
  const auto answer = admit_with(world, settings);
  REQUIRE_FALSE(answer);
  CHECK(answer.error().code == Errc::bad_request);
  CHECK(answer.error().context.find("leave `user` out") != std::string::npos);
}

TEST_CASE("an etcd that is down is skipped where there is another, else unavailable") {
  NEEDS_ETCD();
  World world{};
  etcd::Settings settings{world.settings()};
  settings.urls.insert(settings.urls.begin(), "http://127.0.0.1:9");
  CHECK(admit_with(world, settings));
  world.rig().stop();
  const auto listed = world.time().run(world.traffic().list("web", world.time().soon()));
  REQUIRE_FALSE(listed);
  CHECK(listed.error().code == Errc::unavailable);
}

}  // namespace spillway::etcd_test
