#include "controller/cluster/marathon/marathon.hpp"

#include <doctest/doctest.h>

#include <boost/asio/io_context.hpp>
#include <map>

#include "controller/cluster/marathon/pool.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/printing.hpp"

namespace spillway::marathon_test {

using namespace spillway::marathon;
using namespace std::chrono_literals;

namespace {

using Texts = std::map<std::string, std::string>;
using Words = std::vector<std::string>;

/// A Marathon that answers from a table, by host and path.
class FakeMarathon final : public io::HttpClient {
 public:
  boost::asio::awaitable<Result<io::HttpResponse>> send(io::HttpRequest request,
                                                        io::Deadline) override {
    const std::string path{request.url.target.substr(0, request.url.target.find('?'))};
    calls.push_back(request.url.host + " " + path);
    headers = request.headers;
    io::HttpResponse response{};
    const auto found = bodies.find(path);
    response.status = request.url.host == down ? 503 : found == bodies.end() ? 404 : 200;
    if (response.status == 200) response.body = found->second;
    co_return response;
  }

  Texts bodies{{"/v2/apps", R"({"apps":[]})"}, {"/v2/queue", "{}"}, {"/v2/deployments", "[]"}};
  std::string down{};
  Words calls{};
  io::Headers headers{};
};

struct Rig {
  Rig() {
    auto client{std::make_unique<FakeMarathon>()};
    fake = client.get();
    Settings settings{};
    settings.urls = {"http://m1:8080", "http://m2:8080"};
    settings.access.headers = {{"Authorization", "token=t0"}};
    settings.secrets = {{"/db/password", "hunter2"}};
    cluster = std::make_unique<Marathon>(std::move(client), clock, settings);
  }

  Result<void> refresh() {
    fake->calls.clear();
    return clock.run(cluster->refresh(io::deadline_after(clock, 10s)));
  }
  Result<Observation> observe(const std::string& app) {
    return clock.run(cluster->observe(app, io::deadline_after(clock, 10s)));
  }

  boost::asio::io_context context{};
  testing::ManualClock clock{context};
  FakeMarathon* fake{nullptr};
  std::unique_ptr<Marathon> cluster{};
};

}  // namespace

TEST_CASE("three requests serve every workload of a tick, with the token of the settings") {
  Rig rig{};
  rig.fake->bodies["/v2/apps"] =
      R"({"apps":[{"id":"/web","instances":5,"tasksStaged":1,"tasksRunning":3,"healthChecks":[]},
                  {"id":"/shop/api","instances":2,"tasksRunning":2}]})";
  rig.fake->bodies["/v2/queue"] =
      R"({"queue":[{"app":{"id":"/web"},"count":1,"delay":{"overdue":true}},{"pod":{"id":"/p"},"count":3}]})";
  REQUIRE(rig.refresh());
  rig.clock.advance_by(10s);
  REQUIRE(rig.refresh());
  CHECK(rig.fake->calls == Words{"m1 /v2/apps", "m1 /v2/queue", "m1 /v2/deployments"});
  CHECK(rig.fake->headers.find("Authorization") == "token=t0");
  const auto web = rig.observe("web");
  REQUIRE(web);
  CHECK(web->pool == BasePool{.ready = 3_replicas,
                              .starting = 1_replicas,
                              .desired = 5_replicas,
                              .pending = 1_replicas});
  CHECK(rig.observe("/shop/api")->pool.ready == 2_replicas);
  CHECK(rig.observe("api").error().code == Errc::not_found);
}

TEST_CASE("a launch that waits for its first offers is no sign of a full cluster") {
  Rig rig{};
  rig.fake->bodies["/v2/apps"] = R"({"apps":[{"id":"/web","instances":5}]})";
  const std::string waits{
      R"({"queue":[{"app":{"id":"/web"},"count":2,"delay":{"overdue":true}}]})"};
  const auto pending = [&rig](const std::string& queue) {
    rig.fake->bodies["/v2/queue"] = queue;
    REQUIRE(rig.refresh());
    return rig.observe("web")->pool.pending;
  };
  CHECK(pending(waits) == 0_replicas);
  rig.clock.advance_by(9s);
  CHECK(pending(waits) == 0_replicas);
  rig.clock.advance_by(1s);
  CHECK(pending(waits) == 2_replicas);
  CHECK(pending("{}") == 0_replicas);
  CHECK(pending(waits) == 0_replicas);  // another launch, another wait
}

TEST_CASE("with health checks only healthy instances are ready") {
  const App app{.instances = 6,
                .staged = 1,
                .running = 5,
                .healthy = 2,
                .unhealthy = 1,
                .health_checks = {{}}};
  const BasePool pool{pool_of(app, {}, 0s)};
  CHECK(pool.ready == 2_replicas);
  CHECK(pool.starting == 3_replicas);  // staged, and running without a verdict yet
}

TEST_CASE("a launch that is delayed since the app fails is no sign of a full cluster") {
  const auto queue = parse_queue(
      R"({"queue":[{"app":{"id":"/web"},"count":4,"delay":{"timeLeftSeconds":30,"overdue":false}}]})");
  REQUIRE(queue);
  Listing listing{};
  listing.queue = *queue;
  CHECK(pool_of({.id = "/web"}, listing, 0s).pending == 0_replicas);
}

TEST_CASE("a deployment that restarts instances is a roll, one that scales is not") {
  const auto restarting = parse_deployments(
      R"([{"steps":[{"actions":[{"action":"RestartApplication","app":"/web"}]}],"currentActions":[]},
          {"steps":[],"currentActions":[{"action":"ScaleApplication","app":"/api"}]}])");
  REQUIRE(restarting);
  Listing listing{};
  listing.restarting = *restarting;
  CHECK(pool_of({.id = "/web"}, listing, 0s).is_rolling);
  CHECK_FALSE(pool_of({.id = "/api"}, listing, 0s).is_rolling);
}

TEST_CASE("a Marathon that is away is left for the next one") {
  Rig rig{};
  rig.fake->down = "m1";
  REQUIRE(rig.refresh());
  REQUIRE(rig.refresh());
  CHECK(rig.fake->calls.front() == "m2 /v2/apps");
}

TEST_CASE("an answer that is none is an error, and never an empty cluster") {
  for (const std::string_view body : {"", "[]", "{}", R"({"apps":[{}]})", R"({"apps":[1]})",
                                      R"({"apps":[{"id":"/a","instances":"3"}]})"}) {
    CAPTURE(body);
    Rig rig{};
    rig.fake->bodies["/v2/apps"] = body;
    CHECK(rig.refresh().error().code == Errc::malformed);
    CHECK(rig.observe("a").error().code == Errc::unavailable);
  }
}

TEST_CASE("health checks of every kind") {
  const auto derived_from{[](HealthCheck check) {
    App app{.image = "x", .container_ports = {80, 9000}};
    app.health_checks = {std::move(check)};
    return derived_replica(app, {});
  }};
  CHECK(derived_from({.protocol = "MESOS_HTTP", .path = "/up"}).probe_path == "/up");
  CHECK(derived_from({.protocol = "HTTP", .path = "/up", .port_index = 1}).probe_path == "");
  CHECK(derived_from({.protocol = "HTTP", .path = "/up", .port_index = 1}).replica.liveness->port ==
        9000);
  CHECK(derived_from({.protocol = "HTTPS"}).replica.liveness->is_https);
  CHECK(derived_from({.protocol = "MESOS_HTTPS", .path = "/up"}).probe_path == "/up");
  CHECK(derived_from({.protocol = "MESOS_HTTPS", .path = "/up"}).is_probe_https);
  CHECK_FALSE(derived_from({.protocol = "MESOS_HTTP", .path = "/up"}).is_probe_https);
  CHECK(derived_from({.protocol = "COMMAND", .command = "check"}).replica.liveness->command ==
        Words{"/bin/sh", "-c", "check"});
  CHECK_FALSE(derived_from({.protocol = "TCP"}).replica.liveness);
}

}  // namespace spillway::marathon_test
