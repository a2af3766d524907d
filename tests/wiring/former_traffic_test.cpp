// Which balancers of an earlier run are found again at a start, and which are left alone.
#include "controller/wiring/former_traffic.hpp"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "controller/traffic/haproxy/former_map.hpp"
#include "controller/wiring/traffic_family.hpp"
#include "tests/support/memory_store.hpp"
#include "tests/support/printing_core.hpp"

namespace spillway::testing::former_traffic_test {
namespace {

settings::TrafficConfig haproxy_at(std::string socket, std::string backend,
                                   std::string prefix = "spillway-") {
  return {haproxy::Settings{
      .sockets = {std::move(socket)}, .backend = std::move(backend), .prefix = std::move(prefix)}};
}

/// A state directory that an earlier run left, and a config that is read today.
struct Start {
  Start() {
    settings::Config config{};
    config.traffic["edge"] = haproxy_at("unix:/run/edge", "be_web");
    config.traffic["other"] = haproxy_at("unix:/run/other", "be_web");
    keep(config, {"edge", "other"});
  }

  void keep(const settings::Config& config, std::vector<std::string> names) {
    settings::WorkloadConfig workload{};
    workload.traffic = std::move(names);
    const std::string text{wiring::traffic_text(config, workload)};
    REQUIRE(store.write({.kept = {{kept_traffic_key("web"), text, TimePoint{}}}}));
  }

  /// The names of the former balancers of `web`, where it has these today.
  std::vector<std::string> recalled(const std::map<std::string, settings::TrafficConfig>& today) {
    settings::Config config{};
    config.workloads["web"] = {};
    const auto workload{std::make_shared<Workload>()};
    for (const auto& [name, section] : today) {
      workload->traffic_places[name] = wiring::places_of(section);
    }
    wiring::Assembly assembly{};
    assembly.loop.workloads["web"] = workload;
    return names_in(config, assembly);
  }

  std::vector<std::string> names_in(const settings::Config& config, wiring::Assembly& assembly) {
    wiring::Outside outside{};
    REQUIRE(wiring::recall_traffic(outside, config, store, assembly));
    std::vector<std::string> names{};
    for (const auto& traffic : assembly.loop.former_traffic["web"]) {
      names.push_back(traffic.traffic->name());
    }
    return names;
  }

  MemoryStore store{std::make_shared<MemoryDisk>()};
};

using Names = std::vector<std::string>;

settings::TrafficConfig with_map(settings::TrafficConfig config, std::string key) {
  auto& haproxy{std::get<haproxy::Settings>(config.settings)};
  haproxy.has_map = true;
  haproxy.map = {.file = "/etc/burst.map", .key = std::move(key), .value = "be_web"};
  return config;
}

/// One workload behind `section`, named `name`.
settings::Config behind(const std::string& name, const settings::TrafficConfig& section) {
  settings::Config config{};
  config.traffic[name] = section;
  config.workloads["web"].traffic = {name};
  return config;
}

/// What is made of it, as far as it matters here.
wiring::Assembly assembly_of(const settings::Config& config) {
  const auto workload{std::make_shared<Workload>()};
  for (const auto& [name, section] : config.traffic) {
    workload->traffic_places[name] = wiring::places_of(section);
  }
  wiring::Assembly assembly{};
  assembly.loop.workloads["web"] = workload;
  return assembly;
}

TEST_CASE("a map that left the settings of a balancer is found again, one that stays is not") {
  const auto plain{haproxy_at("unix:/run/edge", "be_web")};
  const settings::Config before{behind("edge", with_map(plain, "www"))};
  struct Row {
    const char* what;
    settings::Config now;
    Names left;
  };
  const std::vector<Row> rows{{"as before", before, {}},
                              {"renamed", behind("renamed", with_map(plain, "www")), {}},
                              {"without the map", behind("edge", plain), {"edge"}},
                              {"another key", behind("edge", with_map(plain, "www2")), {"edge"}}};
  for (const Row& row : rows) {
    CAPTURE(row.what);
    wiring::Outside outside{};
    wiring::Assembly reloaded{assembly_of(row.now)};
    wiring::recall_maps(outside, before, row.now, reloaded);
    Names left{};
    for (const auto& each : reloaded.loop.former_traffic["web"])
      left.push_back(each.traffic->name());
    CHECK(left == row.left);
    Start start{};
    start.keep(before, {"edge"});
    wiring::Assembly restarted{assembly_of(row.now)};
    CHECK(start.names_in(row.now, restarted) == row.left);
  }
}

TEST_CASE("one HAProxy that leaves `sockets` leaves the map's entry alone at those that stay") {
  settings::TrafficConfig both{with_map(haproxy_at("unix:/run/edge", "be_web"), "www")};
  std::get<haproxy::Settings>(both.settings).sockets.push_back("10.0.0.3:9999");
  const settings::Config before{behind("edge", both)};
  const settings::Config now{
      behind("edge", with_map(haproxy_at("unix:/run/edge", "be_web"), "www"))};
  const auto check_left{[](const std::vector<FormerTraffic>& left) {
    REQUIRE(left.size() == 1);
    CHECK(left[0].places == Names{"map 10.0.0.3:9999 /etc/burst.map www\n"});
    const auto map{std::dynamic_pointer_cast<haproxy::FormerMap>(left[0].traffic)};
    REQUIRE(map);
    CHECK(map->addresses() == Names{"10.0.0.3:9999"});
  }};
  wiring::Outside outside{};
  wiring::Assembly reloaded{assembly_of(now)};
  wiring::recall_maps(outside, before, now, reloaded);
  check_left(reloaded.loop.former_traffic["web"]);
  Start start{};
  start.keep(before, {"edge"});
  wiring::Assembly restarted{assembly_of(now)};
  CHECK(start.names_in(now, restarted) == Names{"edge"});
  check_left(restarted.loop.former_traffic["web"]);
}

TEST_CASE("a socket that is only spelled differently is the same place, be it there or not") {
  const std::filesystem::path real{"/tmp/spillway_former_traffic_" + std::to_string(getpid())};
  const std::filesystem::path link{real.string() + "_link"};
  std::filesystem::create_directory(real);
  std::filesystem::create_directory_symlink(real, link);
  const auto spelled{[](const std::filesystem::path& directory) {
    return with_map(haproxy_at("unix:" + (directory / "no.sock").string(), "be_web"), "www");
  }};
  CHECK(wiring::places_of(spelled(link)) == wiring::places_of(spelled(real)));
  CHECK(wiring::entries_of(spelled(link)) == wiring::entries_of(spelled(real)));
  std::filesystem::remove(link);
  std::filesystem::remove(real);
  CHECK(wiring::places_of(spelled(link)) != wiring::places_of(spelled(real)));
}

TEST_CASE("a Service of the same name in another cluster is another place") {
  const auto service_in{[](const kubernetes::ConnectionSettings& connection) {
    return wiring::places_of(
        {endpoint_slice::Settings{.connection = connection, .service = "web"}});
  }};
  const auto at{[&](const std::string& server) {
    kubernetes::ConnectionSettings connection{};
    connection.server = server;
    return service_in(connection);
  }};
  CHECK(at("https://10.0.0.1:6443") == at("https://10.0.0.1:6443"));
  CHECK(at("https://10.0.0.1:6443") != at("https://10.0.0.2:6443"));
  const auto config{std::filesystem::path{"/tmp"} /
                    ("spillway_kubeconfig_" + std::to_string(getpid()))};
  std::ofstream{config} << R"({"current-context": "a",
    "clusters": [{"name": "one", "cluster": {"server": "https://10.0.0.1:6443"}},
                 {"name": "two", "cluster": {"server": "https://10.0.0.2:6443"}}],
    "users": [{"name": "us", "user": {}}],
    "contexts": [{"name": "a", "context": {"cluster": "one", "user": "us"}},
                 {"name": "b", "context": {"cluster": "two", "user": "us"}}]})";
  const auto context{[&](const std::string& name) {
    kubernetes::ConnectionSettings connection{};
    connection.kubeconfig = config.string();
    connection.context = name;
    return service_in(connection);
  }};
  CHECK(context("a") != context("b"));
  CHECK(context("a") == context(""));  // the current one, by its name
  CHECK(context("a") == at("https://10.0.0.1:6443"));
  std::filesystem::remove(config);
  CHECK(context("a") != context("b"));  // the file is away: by what the settings say
}

TEST_CASE("a map of a balancer that is left as a whole is that one's own") {
  const settings::Config before{
      behind("edge", with_map(haproxy_at("unix:/run/edge", "be_web"), "www"))};
  const settings::Config now{behind("edge", haproxy_at("unix:/run/edge", "be_new"))};
  wiring::Outside outside{};
  wiring::Assembly reloaded{assembly_of(now)};
  wiring::recall_maps(outside, before, now, reloaded);
  CHECK(reloaded.loop.former_traffic.empty());  // the loop drains it, which brings its entry back
}

TEST_CASE("a balancer that the workload has lost is found again, one that it has is not") {
  Start start{};
  CHECK(start.recalled({{"edge", haproxy_at("unix:/run/edge", "be_web")}}) == Names{"other"});
  CHECK(start.recalled({}) == Names{"edge", "other"});
}

TEST_CASE("another backend or prefix is another place, a longer prefix is not") {
  Start start{};
  const auto other{haproxy_at("unix:/run/other", "be_web")};
  CHECK(start.recalled({{"edge", haproxy_at("unix:/run/edge", "be_new")}, {"other", other}}) ==
        Names{"edge"});
  CHECK(start.recalled({{"edge", haproxy_at("unix:/run/edge", "be_web", "burst-")},
                        {"other", other}}) == Names{"edge"});
  CHECK(start
            .recalled({{"renamed", haproxy_at("unix:/run/edge", "be_web", "spillway-new-")},
                       {"other", other}})
            .empty());
}

TEST_CASE("a workload that is gone is remembered while it has groups") {
  Start start{};
  const settings::Config config{};
  wiring::Assembly none{};
  CHECK(start.names_in(config, none).empty());
  REQUIRE(start.store.write(
      {.groups = {{.id = {"web-1"}, .workload = "web", .state = {.phase = GroupPhase::serving}}}}));
  wiring::Assembly assembly{};
  CHECK(start.names_in(config, assembly) == Names{"edge", "other"});
}

TEST_CASE("a section with a secret is not built from what is kept, as the secret is not") {
  Start start{};
  settings::Config config{};
  config.traffic["keys"] = {
      etcd::Settings{.urls = {"http://127.0.0.1:2379"}, .user = "u", .password = "s3cret"}};
  start.keep(config, {"keys"});
  CHECK(start.store.kept(kept_traffic_key("web"))->value().text.find("s3cret") ==
        std::string::npos);
  CHECK(start.recalled({}).empty());
}

}  // namespace
}  // namespace spillway::testing::former_traffic_test
