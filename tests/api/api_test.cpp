// The routes without a socket: what is served to whom, and what bad requests are told.
#include "controller/api/api.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/json.hpp>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "controller/io/base64.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/memory_store.hpp"
#include "tests/support/printing_core.hpp"

namespace spillway::testing {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

boost::asio::awaitable<io::HttpResponse> ask(api::Api& api, io::HttpRequest request) {
  const auto reply = co_await api.handle(std::move(request));
  co_return reply.response;
}

/// An API whose parts a test can change, and a note of what it was told to do.
struct Desk {
  Desk() {
    parts.status = [this] { return status; };
    parts.last_tick_at = [this] { return last_tick_at; };
    parts.metrics = [] { return std::string{"spillway_up 1\n"}; };
    parts.reload = [this]() -> Result<std::string> {
      done.push_back("reload");
      if (reload_fails) return Error{Errc::bad_request, "line 3: no such policy"};
      return std::string{"nothing changed"};
    };
    parts.drain_group = [this](const GroupId& id) -> Result<void> {
      if (id.name != "web-1") return Error{Errc::not_found, "no burst group is named " + id.name};
      done.push_back("drain " + id.name);
      return {};
    };
    parts.drain_workload = [this](const std::string& workload, Duration length) -> Result<void> {
      done.push_back("drain " + workload + " for " + to_string(length));
      return {};
    };
    parts.service_discovery = [](const std::string& name) -> std::optional<std::string> {
      if (name == "scrape") return "[]";
      return std::nullopt;
    };
    parts.store = &store;
    parts.clock = &clock;
    parts.stuck_after = 2min;
  }

  io::HttpResponse send(std::string method, std::string target, io::Headers headers = {}) {
    io::HttpRequest request{.method = std::move(method), .headers = std::move(headers)};
    request.url.target = std::move(target);
    api::Api api{parts};
    return clock.run(ask(api, std::move(request)));
  }
  io::HttpResponse get(std::string target, io::Headers headers = {}) {
    return send("GET", std::move(target), std::move(headers));
  }
  int status_of(std::string target, io::Headers headers = {}) {
    return get(std::move(target), std::move(headers)).status;
  }

  boost::asio::io_context context{};
  ManualClock clock{context};
  MemoryStore store{std::make_shared<MemoryDisk>()};
  std::shared_ptr<const Status> status{};
  std::optional<TimePoint> last_tick_at{};
  bool reload_fails{false};
  std::vector<std::string> done{};
  api::ApiParts parts{};
};

std::string message_of(const io::HttpResponse& response) {
  return std::string{json::parse(response.body).at("error").at("message").as_string()};
}

TEST_CASE("before the first tick it is alive, not ready, and has no status to show") {
  Desk desk{};
  CHECK(desk.status_of("/healthz") == 200);
  CHECK(desk.status_of("/readyz") == 503);
  CHECK(desk.status_of("/api/v1/status") == 503);
  desk.status = std::make_shared<Status>();
  CHECK(desk.status_of("/readyz") == 200);
  CHECK(desk.status_of("/api/v1/status") == 200);
}

TEST_CASE("a loop that has not ticked for long is unhealthy, a failed listing unready") {
  Desk desk{};
  desk.last_tick_at = desk.clock.now();
  CHECK(desk.status_of("/healthz") == 200);
  desk.clock.advance_by(2min + 1ms);
  CHECK(desk.status_of("/healthz") == 503);
  Status trouble{};
  trouble.listing_trouble = Error{Errc::denied, "listing groups"};
  desk.status = std::make_shared<Status>(trouble);
  CHECK(desk.status_of("/readyz") == 503);
  CHECK(desk.get("/readyz").body.find("listing groups") != std::string::npos);
}

TEST_CASE("a token guards everything but health, in the whole and not in its beginning") {
  Desk desk{};
  desk.parts.token = io::Secret{"s3cret"};
  for (const char* target :
       {"/", "/metrics", "/api/v1/status", "/api/v1/decisions", "/sd/scrape"}) {
    CAPTURE(target);
    CHECK(desk.status_of(target) == 401);
    CHECK(desk.status_of(target, {{"Authorization", "Bearer s3cre"}}) == 401);
    CHECK(desk.status_of(target, {{"Authorization", "Basic s3cret"}}) == 401);
    CHECK(desk.status_of(target, {{"Authorization", "Bearer s3cret"}}) != 401);
  }
  CHECK(desk.send("POST", "/-/reload").status == 401);
  CHECK(desk.done.empty());
  CHECK(desk.status_of("/healthz") == 200);
  CHECK(desk.status_of("/-/healthy") == 200);
  CHECK(desk.status_of("/-/ready") == 503);
}

TEST_CASE("a browser reads with the token as its password, and changes nothing with it") {
  Desk desk{};
  desk.parts.token = io::Secret{"s3cret"};
  const auto asked{desk.get("/")};
  CHECK(asked.status == 401);
  CHECK(asked.headers.find("WWW-Authenticate") == "Basic realm=\"spillway\"");
  const auto with{[](const std::string& words) {
    return io::Headers{{"Authorization", "Basic " + io::base64(words)}};
  }};
  CHECK(desk.status_of("/", with("anybody:s3cret")) == 200);
  CHECK(desk.status_of("/metrics", with(":s3cret")) == 200);
  for (const char* wrong : {"s3cret", "s3cret:", "anybody:", "anybody:s3cre", ":s3cret:", ""}) {
    CAPTURE(wrong);
    CHECK(desk.status_of("/", with(wrong)) == 401);
  }
  CHECK(desk.status_of("/", {{"Authorization", "Basic s3cret"}}) == 401);
  const auto refused{desk.send("POST", "/-/reload", with("anybody:s3cret"))};
  CHECK(refused.status == 401);
  CHECK(refused.headers.find("WWW-Authenticate") == "Bearer");
  CHECK(desk.done.empty());
}

TEST_CASE("a page whose name resolves to loopback cannot read the status") {
  Desk desk{};
  for (const char* host : {"127.0.0.1:9900", "[::1]:9900", "localhost:9900", "localhost"}) {
    CAPTURE(host);
    CHECK(desk.status_of("/metrics", {{"Host", host}}) == 200);
  }
  for (const char* host : {"evil.example:9900", "127.0.0.1.evil.example", "", "[::1", "[", ":"}) {
    CAPTURE(host);
    CHECK(desk.status_of("/metrics", {{"Host", host}}) == 403);
    CHECK(desk.send("POST", "/-/reload", {{"Host", host}}).status == 403);
  }
  CHECK(desk.done.empty());
  desk.parts.token = io::Secret{"s3cret"};  // who knows the token may use any name
  CHECK(desk.status_of("/metrics",
                       {{"Host", "spillway.example"}, {"Authorization", "Bearer s3cret"}}) == 200);
}

TEST_CASE("what changes something needs POST, and not from another site's page") {
  Desk desk{};
  const auto read{desk.get("/-/reload")};
  CHECK(read.status == 405);
  CHECK(read.headers.find("Allow") == "POST");
  CHECK(desk.send("POST", "/-/reload", {{"Origin", "http://evil.example"}}).status == 403);
  CHECK(desk.send("DELETE", "/-/reload").status == 405);
  CHECK(desk.done.empty());
  CHECK(desk.send("POST", "/-/reload").status == 200);
  desk.reload_fails = true;
  const auto refused{desk.send("POST", "/-/reload")};
  CHECK(refused.status == 400);
  CHECK(refused.body.find("line 3: no such policy") != std::string::npos);
}

TEST_CASE("a drain names a group or a workload, and how long") {
  Desk desk{};
  CHECK(desk.send("POST", "/api/v1/drain?group=web-1").status == 200);
  CHECK(desk.send("POST", "/api/v1/drain?group=web-2").status == 404);
  CHECK(desk.send("POST", "/api/v1/drain?workload=web").status == 200);
  CHECK(desk.send("POST", "/api/v1/drain?workload=web&seconds=60").status == 200);
  CHECK(desk.done ==
        std::vector<std::string>{"drain web-1", "drain web for 10m", "drain web for 1m"});
  for (const char* bad :
       {"", "?group=", "?seconds=60", "?workload=web&seconds=0", "?workload=web&seconds=604801",
        "?workload=web&seconds=1e3", "?workload=web&seconds=-1",
        "?workload=web&seconds=99999999999999999999"}) {
    CAPTURE(bad);
    CHECK(desk.send("POST", std::string{"/api/v1/drain"} + bad).status == 400);
  }
  CHECK(desk.done.size() == 3);
}

TEST_CASE("bad targets and queries are told what was expected") {
  Desk desk{};
  CHECK(desk.status_of("/api/v1/decisions") == 200);
  for (const char* bad : {"limit=0", "limit=1001", "limit=ten", "id=x", "limit=1%"}) {
    CAPTURE(bad);
    CHECK(desk.status_of(std::string{"/api/v1/decisions?"} + bad) >= 400);
  }
  CHECK(message_of(desk.get("/api/v1/decisions?limit=ten")) ==
        "BadRequest: limit: expected a whole number from 1 to 1000");
  CHECK(desk.status_of("/no/such/page") == 404);
  CHECK(desk.status_of("/sd/scrape") == 200);
  CHECK(desk.status_of("/sd/other") == 404);
  CHECK(desk.status_of("/sd/") == 404);
}

TEST_CASE("the dashboard loads nothing from elsewhere") {
  Desk desk{};
  const auto page{desk.get("/")};
  CHECK(page.headers.find("Content-Type") == "text/html; charset=utf-8");
  CHECK(page.body.find("api/v1/status") != std::string::npos);
  CHECK(page.body.find("http://") == std::string::npos);
  CHECK(page.body.find("https://") == std::string::npos);
}

TEST_CASE("the dashboard did not show groups of workloads that left the config") {
  Desk desk{};
  const auto page{desk.get("/")};
  CHECK(page.body.find("leaving(p.leaving)") != std::string::npos);
  Status status{};
  GroupRecord old{};
  old.id.name = "old-1";
  old.workload = "old";
  status.leaving.push_back(old);
  desk.status = std::make_shared<Status>(status);
  // What the page reads of each.
  const json::value told(json::parse(desk.get("/api/v1/status").body).at("leaving").at(0));
  for (const char* const key : {"workload", "id", "phase", "place", "ip", "since"}) {
    CAPTURE(key);
    CHECK(told.as_object().contains(key));
  }
}

TEST_CASE("the status tells of a template that was refused, and what to do about it") {
  Desk desk{};
  Status status{};
  WorkloadStatus web{};
  web.snapshot.workload = "web";
  web.refused = RefusedTemplate{"h1 0000", "InvalidImage: no", monday_noon};
  status.workloads.push_back(std::make_shared<const WorkloadStatus>(std::move(web)));
  desk.status = std::make_shared<Status>(status);
  const json::value page(json::parse(desk.get("/api/v1/status").body));
  const json::object& refused{page.at("workloads").at(0).at("refused").as_object()};
  CHECK(refused.at("words") == "InvalidImage: no");
  CHECK(refused.at("at") == "2026-11-23T12:00:00.000Z");
  CHECK(refused.at("advice").as_string().find("correct the template") != std::string::npos);
}

TEST_CASE("a decision tells what was created where, at what price, and what became of it") {
  Desk desk{};
  JournalEntry entry{.at = TimePoint{1'795'444'200'000ms}, .workload = "shop"};
  entry.plan.creates.push_back({.id = {"shop-1"},
                                .place = {.subscription = "s", .region = "eastus"},
                                .size = {2.0, 4.0, {1}},
                                .price = {usd(0.1)}});
  entry.plan.drains.push_back({.id = {"shop-0"}});
  entry.outcomes.push_back({"create", {"shop-1"}, "Quota: 409 ContainerGroupQuotaReached"});
  REQUIRE(desk.store.write({.journal = {entry}}));
  const std::string body{desk.get("/api/v1/decisions").body};
  for (const char* part :
       {R"("creates":[{"group":"shop-1","place":"eastus","vcpu":2E0,"memory_gb":4E0,"replicas":1,)",
        R"("because":"ScaleOut"}])", R"("drains":[{"group":"shop-0","because":"ScaleIn"}])",
        R"("outcomes":[{"action":"create","group":"shop-1",)",
        R"("result":"Quota: 409 ContainerGroupQuotaReached"}])"}) {
    CAPTURE(part);
    CHECK(body.find(part) != std::string::npos);
  }
}

TEST_CASE("the status tells of standby pools and machines, and says unknown where it is") {
  Desk desk{};
  Status status{};
  const auto add{[&](std::string name, auto&& change) {
    WorkloadStatus workload{};
    workload.snapshot.workload = std::move(name);
    change(workload);
    status.workloads.push_back(std::make_shared<const WorkloadStatus>(std::move(workload)));
  }};
  add("known", [](WorkloadStatus& web) {
    web.standby = StandbyStatus{.place = {.region = "eastus"},
                                .wanted = 3,
                                .stock = StandbyStock{.running = 1,
                                                      .creating = 1,
                                                      .is_healthy = false,
                                                      .words = "HealthState/degraded: no room"},
                                .seen_at = monday_noon,
                                .price = {usd(0.1188)}};
    web.machines = MachinesStatus{.wanted = 5,
                                  .base = 3,
                                  .max = 8,
                                  .state = VmPoolState{.capacity = 4, .ready = 3},
                                  .seen_at = monday_noon};
  });
  add("unknown", [](WorkloadStatus& web) {
    web.standby = StandbyStatus{.wanted = 2};
    web.machines = MachinesStatus{.wanted = 2, .base = 2, .max = 4};
  });
  add("without", [](WorkloadStatus&) {});
  desk.status = std::make_shared<Status>(status);
  const json::value page(json::parse(desk.get("/api/v1/status").body));
  const json::array& workloads{page.at("workloads").as_array()};
  CHECK(workloads.at(0).at("standby") == json::value({{"place", "eastus"},
                                                      {"wanted", 3},
                                                      {"state", "degraded"},
                                                      {"seen_at", "2026-11-23T12:00:00.000Z"},
                                                      {"ready", 1},
                                                      {"creating", 1},
                                                      {"usd_per_hour", 0.1188},
                                                      {"note", "HealthState/degraded: no room"}}));
  CHECK(workloads.at(0).at("machines") == json::value({{"wanted", 5},
                                                       {"base", 3},
                                                       {"max", 8},
                                                       {"seen_at", "2026-11-23T12:00:00.000Z"},
                                                       {"state", "steady"},
                                                       {"capacity", 4},
                                                       {"ready", 3}}));
  for (const char* reserve : {"standby", "machines"}) {
    CAPTURE(reserve);
    const json::object& unknown{workloads.at(1).at(reserve).as_object()};
    CHECK(unknown.at("state") == "unknown");
    CHECK_FALSE(unknown.contains("ready"));
    CHECK(unknown.at("seen_at").is_null());
    CHECK_FALSE(workloads.at(2).as_object().contains(reserve));
  }
}

}  // namespace
}  // namespace spillway::testing
