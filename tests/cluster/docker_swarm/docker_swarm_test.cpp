#include "controller/cluster/docker_swarm/docker_swarm.hpp"

#include <doctest/doctest.h>

#include <boost/asio/io_context.hpp>
#include <functional>

#include "tests/cluster/docker_swarm/samples.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/printing.hpp"

namespace spillway::docker_swarm_test {

using namespace spillway::docker_swarm;
using namespace spillway::docker_swarm::samples;
using namespace std::chrono_literals;

namespace {

using Words = std::vector<std::string>;

/// Managers that answer by host and path; what is not listed is 404.
class FakeManagers final : public io::HttpClient {
 public:
  explicit FakeManagers(io::Clock& clock) : clock_{clock} {}

  boost::asio::awaitable<Result<io::HttpResponse>> send(io::HttpRequest request,
                                                        io::Deadline deadline) override {
    const std::string host{request.url.host};
    const std::string path{request.url.target.substr(0, request.url.target.find('?'))};
    calls.push_back(host + " " + path);
    targets.push_back(request.url.target);
    if (silent == host) {
      const auto slept = co_await clock_.sleep_until(deadline.at);
      if (!slept) co_return slept.error();
      co_return Error{Errc::timeout, "no answer"};
    }
    io::HttpResponse response{};
    if (refusing == host) {
      response.status = 503;
      response.body = R"({"message":"This node is not a swarm manager."})";
      co_return response;
    }
    if (path == "/_ping") {
      response.headers.set("Api-Version", version);
      co_return response;
    }
    const auto found = bodies.find(path);
    response.status = found == bodies.end() ? 404 : 200;
    if (found != bodies.end()) response.body = found->second;
    co_return response;
  }

  void put(const std::string& target, std::string body) {
    bodies["/v" + version + target] = std::move(body);
  }

  std::string version{"1.41"};
  std::string silent{};
  std::string refusing{};
  std::map<std::string, std::string> bodies{};
  Words calls{};
  Words targets{};

 private:
  io::Clock& clock_;
};

struct Rig {
  explicit Rig(Words endpoints = {"tcp://m1:2375", "tcp://m2:2375"}) {
    auto client{std::make_unique<FakeManagers>(clock)};
    managers = client.get();
    Settings settings{};
    settings.endpoints = std::move(endpoints);
    swarm = std::make_unique<DockerSwarm>(std::move(client), clock, settings);
    managers->put("/services", list(service("web", 2), service("api", 1)));
    managers->put("/tasks", list(task("web", 1, "running"), task("api", 1, "running")));
    managers->put("/nodes", list(node("n1")));
  }

  Result<void> refresh(Duration allowed = 10s) {
    managers->calls.clear();
    return clock.run(swarm->refresh(io::deadline_after(clock, allowed)));
  }
  Result<Observation> observe(const std::string& service) {
    return clock.run(swarm->observe(service, io::deadline_after(clock, 10s)));
  }

  boost::asio::io_context context{};
  testing::ManualClock clock{context};
  FakeManagers* managers{nullptr};
  std::unique_ptr<DockerSwarm> swarm{};
};

}  // namespace

TEST_CASE("three requests serve every workload of a tick") {
  Rig rig{};
  REQUIRE(rig.refresh());
  CHECK(rig.observe("web")->pool.ready == 1_replicas);
  CHECK(rig.observe("api")->pool.ready == 1_replicas);
  CHECK(rig.observe("api")->replica->replica.image == "shop/web:1");
  CHECK(rig.managers->calls ==
        Words{"m1 /_ping", "m1 /v1.41/services", "m1 /v1.41/tasks", "m1 /v1.41/nodes"});
  CHECK(rig.managers->targets.at(2).find("desired-state") != std::string::npos);
  REQUIRE(rig.refresh());
  CHECK(rig.managers->calls.size() == 3);
}

TEST_CASE("the version is the older of what both speak") {
  Rig rig{};
  rig.managers->version = "1.40";
  rig.managers->put("/services", "[]");
  rig.managers->put("/tasks", "[]");
  rig.managers->put("/nodes", "[]");
  CHECK(rig.refresh());
  CHECK(rig.managers->calls.at(1) == "m1 /v1.40/services");
  Rig newer{};
  newer.managers->version = "1.50";
  newer.managers->bodies["/v1.41/services"] = "[]";
  CHECK(newer.refresh());
  Rig ancient{};
  ancient.managers->version = "1.9";
  CHECK(ancient.refresh().error().code == Errc::bad_request);
}

TEST_CASE("a manager that hangs is left for the next one within the tick, and asked last then") {
  Rig rig{};
  rig.managers->silent = "m1";
  const TimePoint begin{rig.clock.now()};
  REQUIRE(rig.refresh());
  CHECK(rig.clock.now() - begin == 4s);  // its own timeout
  const TimePoint second{rig.clock.now()};
  REQUIRE(rig.refresh());
  CHECK(rig.clock.now() == second);
  CHECK(rig.managers->calls.front() == "m2 /v1.41/services");
  rig.managers->silent.clear();
  rig.clock.advance_by(2min);
  REQUIRE(rig.refresh());
  CHECK(rig.managers->calls.front() == "m1 /_ping");  // the preferred one is tried again
}

TEST_CASE("two of three managers gone: an error in time, and never an empty pool") {
  Rig rig{{"tcp://m1:2375"}};
  REQUIRE(rig.refresh());
  rig.managers->silent = "m1";
  CHECK(rig.refresh().error().code == Errc::timeout);
  const auto seen = rig.observe("web");
  REQUIRE_FALSE(seen);
  CHECK(seen.error().code == Errc::unavailable);
}

TEST_CASE("a node that is no manager says so, and the next endpoint is asked") {
  Rig rig{};
  rig.managers->refusing = "m1";
  CHECK(rig.refresh());
  Rig alone{{"tcp://m1:2375"}};
  alone.managers->refusing = "m1";
  const auto refused = alone.refresh();
  REQUIRE_FALSE(refused);
  CHECK(refused.error().context.find("This node is not a swarm manager.") != std::string::npos);
}

TEST_CASE("an unknown service is an error that names those that there are") {
  Rig rig{};
  REQUIRE(rig.refresh());
  const auto seen = rig.observe("wbe");
  REQUIRE_FALSE(seen);
  CHECK(seen.error().code == Errc::not_found);
  CHECK(seen.error().context == "no service is named wbe; there are web, api");
}

TEST_CASE("garbage in one listing fails the whole look") {
  Rig rig{};
  rig.managers->put("/tasks", "[{}]");
  CHECK(rig.refresh().error().code == Errc::malformed);
  CHECK_FALSE(rig.observe("web"));
}

TEST_CASE("the entry point of an image is asked for once, and again later while it is unknown") {
  Rig rig{};
  rig.managers->put(
      "/services",
      R"([{"ID":"x","Spec":{"Name":"web","TaskTemplate":{"ContainerSpec":{"Image":"shop/web:1","Args":["-v"]}}}}])");
  REQUIRE(rig.refresh());
  rig.managers->calls.clear();
  CHECK(rig.observe("web")->replica->left_out.size() == 1);
  CHECK(rig.observe("web")->replica->left_out.size() == 1);
  CHECK(rig.managers->calls == Words{"m1 /v1.41/images/shop%2Fweb%3A1/json"});
  rig.managers->put("/images/shop%2Fweb%3A1/json", R"({"Config":{"Entrypoint":["/web"]}})");
  rig.clock.advance_by(11min);
  CHECK(rig.observe("web")->replica->replica.command == Words{"/web", "-v"});
  CHECK(rig.observe("web")->replica->replica.command == Words{"/web", "-v"});
  CHECK(rig.managers->calls.size() == 2);
}

TEST_CASE("an unknown image is no failure of the manager") {
  Rig rig{{"tcp://m1:2375"}};
  rig.managers->put(
      "/services",
      R"([{"ID":"x","Spec":{"Name":"web","TaskTemplate":{"ContainerSpec":{"Image":"a","Args":["-v"]}}}}])");
  REQUIRE(rig.refresh());
  REQUIRE(rig.observe("web"));
  REQUIRE(rig.refresh());
  CHECK(rig.managers->calls.front() == "m1 /v1.41/services");  // no new greeting
}

TEST_CASE("the examination says what it talks to, and what stands in the way of a burst") {
  Rig rig{};
  rig.managers->put("/services", std::string{rich_service});
  rig.managers->put("/tasks", "[]");
  const auto findings =
      rig.clock.run(rig.swarm->examine({"web", "api"}, io::deadline_after(rig.clock, 10s)));
  REQUIRE(findings.size() == 12);
  CHECK(findings[0].subject == "http://m1:2375, API 1.41");
  CHECK(findings[0].health == Health::ok);
  CHECK(findings[1].message.find("0 of 4 replicas ready") == 0);
  CHECK(findings[2].check == "template");
  CHECK(findings[2].health == Health::warning);
  CHECK(findings[11].health == Health::failure);  // api is not there
}

TEST_CASE("addresses may be written as for DOCKER_HOST") {
  const auto url_of{[](std::string_view text, io::HttpAccessSettings access = {}) {
    const auto url = engine_url(text, access);
    return url ? io::to_string(*url) : "malformed";
  }};
  CHECK(url_of("unix:///var/run/docker.sock") == url_of("unix:/var/run/docker.sock"));
  CHECK(url_of("tcp://m1:2375").starts_with("http://m1:2375"));
  CHECK(url_of("tcp://m1:2376", {.certificate_file = "c"}).starts_with("https://m1:2376"));
  CHECK(url_of("nonsense") == "malformed");
}

TEST_CASE("500 services with ten tasks each cost three requests a tick") {
  Rig rig{};
  std::string services{};
  std::string tasks{};
  for (int i{0}; i < 500; ++i) {
    const std::string name{"s" + std::to_string(i)};
    services += (i == 0 ? "" : ",") + service(name, 10);
    for (int slot{1}; slot <= 10; ++slot) {
      tasks += (tasks.empty() ? "" : ",") + task(name, slot, "running");
    }
  }
  rig.managers->put("/services", "[" + services + "]");
  rig.managers->put("/tasks", "[" + tasks + "]");
  REQUIRE(rig.refresh());  // with the greeting
  REQUIRE(rig.refresh());
  int ready{0};
  for (int i{0}; i < 500; ++i) ready += rig.observe("s" + std::to_string(i))->pool.ready.count;
  CHECK(ready == 5000);
  CHECK(rig.managers->calls.size() == 3);
}

}  // namespace spillway::docker_swarm_test
