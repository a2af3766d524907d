// A real HAProxy that routes by a map, one entry of which follows the burst replicas.
#include <map>
#include <string>

#include "controller/traffic/haproxy/former_map.hpp"
#include "controller/traffic/haproxy/haproxy.hpp"
#include "controller/traffic/reconcile.hpp"
#include "tests/contract/traffic/haproxy_rig.hpp"
#include "tests/contract/traffic/web_server.hpp"
#include "tests/support/printing.hpp"
#include "tests/support/skip.hpp"

namespace spillway::haproxy_map_test {

using namespace spillway::testing;

namespace {

/// Requests for /shop at the frontend of `web` go to where the map says: `be_web`, with its one
/// base server, unless there is an entry.
class World {
 public:
  explicit World(std::string otherwise = "", std::string map_in_file = "",
                 const std::string& converter = "map_str")
      : file_{scratch_.write("burst.map", map_in_file)},
        rig_{time_,
             {.web_servers = "  server vm1 127.0.0.1:" + std::to_string(base_.port()),
              .web_rules = "  use_backend %[path," + converter + "(" + file_ + ",be_web)]"}} {
    settings_.sockets = {rig_.unix_socket()};
    settings_.backend = "be_{{workload}}";
    settings_.check.is_enabled = false;
    settings_.has_map = true;
    settings_.map = {
        .key = "/{{workload}}", .value = "be_{{workload}}", .otherwise = std::move(otherwise)};
    use_map(file_);
  }

  static bool is_available() { return HaproxyRig::is_installed(); }

  void use_map(const std::string& file) {
    settings_.map.file = file;
    traffic_ = std::make_unique<haproxy::HaproxyTraffic>("edge", settings_, time_.clock);
  }
  Backend backend(std::string group) {
    servers_.push_back(std::make_unique<WebServer>(time_, group));
    return {.group = {std::move(group)},
            .workload = "shop",
            .ip = "127.0.0.1",
            .port = servers_.back()->port()};
  }
  Result<void> admit(const Backend& backend) {
    return time_.run(traffic_->admit(backend, time_.soon()));
  }
  Result<void> drain(const Backend& backend) {
    return time_.run(traffic_->drain(backend, time_.soon()));
  }
  Result<void> evict(const Backend& backend) {
    return time_.run(traffic_->evict(backend, time_.soon()));
  }
  Result<std::vector<ListedBackend>> list() {
    return time_.run(traffic_->list("shop", time_.soon()));
  }
  /// As after a reload that takes `map` out of the settings; the balancer goes on.
  Result<std::vector<ListedBackend>> forget_map() {
    haproxy::FormerMap former{"edge", settings_, time_.clock};
    settings_.has_map = false;
    traffic_ = std::make_unique<haproxy::HaproxyTraffic>("edge", settings_, time_.clock);
    return time_.run(former.list("shop", time_.soon()));
  }
  /// Who answers a request for /shop.
  std::string who() { return rig_.get("web", "/shop").second; }
  /// The line of /shop in the map, without its number; empty if there is none.
  std::string entry() {
    const std::string all{rig_.ask("show map " + file_)};
    const std::size_t at{all.find("/shop ")};
    return at == std::string::npos ? "" : all.substr(at, all.find('\n', at) - at);
  }
  HaproxyRig& rig() { return rig_; }
  const std::string& file() const { return file_; }

 private:
  RealTime time_{};
  ScratchDirectory scratch_{};
  std::string file_;
  WebServer base_{time_, "base"};
  std::vector<std::unique_ptr<WebServer>> servers_{};
  HaproxyRig rig_;
  haproxy::Settings settings_{};
  std::unique_ptr<haproxy::HaproxyTraffic> traffic_{};
};

}  // namespace

#define NEEDS_HAPROXY() \
  if (!World::is_available()) return skip_test("haproxy is missing: apt-get install haproxy")

TEST_CASE("a map's entry leads to the burst while a replica gets requests, and never to nobody") {
  NEEDS_HAPROXY();
  World world{};
  const Backend first{world.backend("shop-1")};
  const Backend second{world.backend("shop-2")};
  CHECK(world.who() == "base");
  CHECK(world.admit(first));
  CHECK(world.who() == "shop-1");
  CHECK(world.admit(second));
  CHECK(world.drain(first));
  CHECK(world.who() == "shop-2");
  CHECK(world.drain(second));
  CHECK(world.who() == "base");
  CHECK(world.entry() == "");
  CHECK(world.admit(second));  // taken back
  CHECK(world.who() == "shop-2");
  CHECK(wait_until([&] { return world.evict(second).has_value(); }));
  CHECK(world.who() == "base");
}

TEST_CASE("an entry of the map's file is brought back to its value, and others stay") {
  NEEDS_HAPROXY();
  World world{"be_web", "/shop be_web\n/other be_shop\n"};
  const Backend backend{world.backend("shop-1")};
  CHECK(world.admit(backend));
  CHECK(world.entry() == "/shop be_shop");
  CHECK(world.drain(backend));
  CHECK(world.entry() == "/shop be_web");
  world.rig().ask("set map " + world.file() + " /shop be_maintenance");
  CHECK(world.list());
  CHECK(world.entry() == "/shop be_maintenance");
  CHECK(world.rig().ask("show map " + world.file()).find("/other be_shop") != std::string::npos);
}

TEST_CASE("after a restart the map is as the servers are, not as its file was") {
  NEEDS_HAPROXY();
  World world{"", "/shop be_shop\n"};  // a file that somebody saved in the middle of a burst
  CHECK(world.rig().get("web", "/shop").first == 503);
  CHECK(world.list()->empty());
  CHECK(world.who() == "base");
  const Backend backend{world.backend("shop-1")};
  CHECK(world.admit(backend));
  world.rig().restart();
  for (const TrafficCall& call : reconcile({{backend}}, *world.list())) {
    CHECK(call.kind == TrafficCall::Kind::admit);
    CHECK(world.admit(call.backend));
  }
  CHECK(world.who() == "shop-1");
}

TEST_CASE("an entry that somebody deletes during a burst comes back at the next look") {
  NEEDS_HAPROXY();
  World world{};
  CHECK(world.admit(world.backend("shop-1")));
  world.rig().ask("clear map " + world.file());
  CHECK(world.who() == "base");
  CHECK(world.list());
  CHECK(world.who() == "shop-1");
}

TEST_CASE("a map's entry does not stay behind when `map` leaves the config during a burst") {
  NEEDS_HAPROXY();
  for (const std::string otherwise : {"", "be_web"}) {
    CAPTURE(otherwise);
    World world{otherwise, "/other be_shop\n"};
    CHECK(world.admit(world.backend("shop-1")));
    CHECK(world.who() == "shop-1");
    const auto left = world.forget_map();
    REQUIRE(left);
    CHECK(left->empty());
    CHECK(world.entry() == (otherwise.empty() ? "" : "/shop be_web"));
    CHECK(world.who() == "base");
    CHECK(world.list()->size() == 1);  // the replica itself stays
    CHECK(world.rig().ask("show map " + world.file()).find("/other be_shop") != std::string::npos);
  }
}

TEST_CASE("a former map that HAProxy does not have any more is well") {
  NEEDS_HAPROXY();
  RealTime time{};
  HaproxyRig rig{time};
  haproxy::Settings settings{.sockets = {rig.unix_socket()}, .backend = "be_shop"};
  settings.has_map = true;
  settings.map = {.file = "/etc/no.map", .key = "k", .value = "v"};
  haproxy::FormerMap former{"edge", settings, time.clock};
  CHECK(time.run(former.list("shop", time.soon()))->empty());
  settings.sockets.push_back("unix:/nobody");
  haproxy::FormerMap half{"edge", settings, time.clock};
  CHECK_FALSE(time.run(half.list("shop", time.soon())));  // tried again
}

TEST_CASE("a map that HAProxy does not have stops admits, which name it, and no drain") {
  NEEDS_HAPROXY();
  World world{};
  const Backend backend{world.backend("shop-1")};
  REQUIRE(world.admit(backend));
  world.use_map("/etc/no.map");  // as after a reload that forgot the map
  const Result<void> refused = world.admit(backend);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::bad_request);
  CHECK(refused.error().context.find("no map /etc/no.map") != std::string::npos);
  const auto listed = world.list();
  REQUIRE(listed);
  REQUIRE(listed->size() == 1);
  CHECK(listed->front().state == BackendState::admitted);
  CHECK(world.drain(backend));
  CHECK(wait_until([&] { return world.evict(backend).has_value(); }));
  CHECK(world.list()->empty());
}

TEST_CASE("an entry that would hide ours stops admits, and no second one is added") {
  NEEDS_HAPROXY();
  World world{"", "/sh be_web\n", "map_beg"};
  CHECK(world.list());
  const Result<void> refused = world.admit(world.backend("shop-1"));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().context.find("map_str") != std::string::npos);
  CHECK(world.entry() == "");
}

}  // namespace spillway::haproxy_map_test
