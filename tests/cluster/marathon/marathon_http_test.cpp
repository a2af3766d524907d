// The adapter over real HTTP against a Marathon of our own that follows the public description:
// listings, the event stream, leaders that change, nonsense and floods.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>

#include "controller/io/atomic_file.hpp"
#include "tests/cluster/marathon/marathon_rig.hpp"
#include "tests/support/skip.hpp"

namespace spillway::marathon_http_test {

using namespace spillway::marathon;
using namespace spillway::testing;
using namespace std::chrono_literals;

namespace {

using Rig = MarathonRig;
using Watching = MarathonWatch;
constexpr std::string_view web{marathon_app};

/// A body of the public description's examples; nothing if this machine does not have it.
std::optional<io::HttpResponse> example(const std::string& name) {
  const char* const directory{std::getenv("MARATHON_API")};
  if (directory == nullptr || !std::filesystem::exists(directory)) {
    skip_test("the description of Marathon's API is not here: option shared_data");
    return std::nullopt;
  }
  const auto text = io::read_file(std::string{directory} + "/v2/examples/" + name, 1U << 20U);
  REQUIRE(text);
  io::HttpResponse response{};
  response.body = *text;
  return response;
}

}  // namespace

TEST_CASE("an app that the agents have no room for is seen to wait, and to run once they have") {
  Rig rig{};
  rig.stub.put_app(web);
  rig.stub.room = 2;
  rig.stub.settle();
  const auto full = rig.observe();
  REQUIRE(full);
  CHECK(full->pool == BasePool{.ready = 2_replicas, .desired = 3_replicas, .pending = 1_replicas});
  REQUIRE(full->replica);
  CHECK(full->replica->replica.image == "demo/web:1");
  CHECK(full->replica->port == 8000);
  rig.stub.room = 10;
  rig.stub.settle();
  CHECK(rig.observe()->pool.ready == 3_replicas);
  CHECK(rig.observe()->pool.pending == 0_replicas);
}

TEST_CASE("a launch that is delayed after a failure is not taken for a full cluster") {
  Rig rig{};
  rig.stub.put_app(web);
  rig.stub.settle();
  rig.stub.fail_instance("/shop/web");
  const auto seen = rig.observe();
  REQUIRE(seen);
  CHECK(seen->pool.ready == 2_replicas);
  CHECK(seen->pool.pending == 0_replicas);
}

TEST_CASE("a deployment that replaces instances is seen as a roll, from its start to its end") {
  Rig rig{};
  rig.stub.put_app(web);
  rig.stub.settle();
  CHECK_FALSE(rig.observe()->pool.is_rolling);
  rig.stub.restart("/shop/web");
  CHECK(rig.observe()->pool.is_rolling);
  rig.stub.settle();
  CHECK_FALSE(rig.observe()->pool.is_rolling);
}

TEST_CASE("while the event stream tells nothing, ticks cost no request") {
  Rig rig{};
  rig.stub.put_app(web);
  rig.stub.settle();
  CHECK(rig.look().second == 3);
  CHECK(rig.look().second == 3);  // nobody follows the stream yet
  Watching watching{rig};
  watching.until_attached();
  rig.time.drive([&] { return rig.stub.streams() == 1; });
  CHECK(rig.look().second == 3);  // what happened before is not told
  CHECK(rig.look().second == 0);
  CHECK(rig.look().first.ready == 3_replicas);
}

TEST_CASE("an event makes the next tick ask again") {
  Rig rig{};
  rig.stub.put_app(web);
  rig.stub.settle();
  Watching watching{rig};
  watching.until_attached();
  rig.look();
  rig.stub.scale("/shop/web", 5);
  rig.stub.settle();
  rig.time.drive([&] { return rig.look().first.ready == 5_replicas; });
  CHECK(rig.look().second == 0);
}

TEST_CASE("while something waits for offers every tick asks, since no event tells of offers") {
  Rig rig{};
  rig.stub.put_app(web);
  rig.stub.room = 2;
  rig.stub.settle();
  Watching watching{rig};
  watching.until_attached();
  rig.look();
  CHECK(rig.look().second == 3);
  CHECK(rig.look().first.pending == 1_replicas);
}

TEST_CASE("a listing is never older than the settings say, even if no event comes") {
  Rig rig{};
  rig.settings.list_every = 0s;
  rig.stub.put_app(web);
  rig.stub.settle();
  Watching watching{rig};
  watching.until_attached();
  rig.look();
  CHECK(rig.look().second == 3);
}

TEST_CASE("when the stream breaks every tick asks, and its return ends that") {
  Rig rig{};
  rig.stub.put_app(web);
  rig.stub.settle();
  Watching watching{rig};
  watching.until_attached();
  rig.look();
  CHECK(rig.look().second == 0);
  rig.stub.instead["/v2/events"] = io::HttpResponse{.status = 503};
  rig.stub.end_streams();
  watching.until_detached();
  CHECK(rig.look().second == 3);
  CHECK(rig.look().second == 3);
  rig.stub.instead.clear();
  watching.until_attached();  // it comes back by itself
  rig.look();
  CHECK(rig.look().second == 0);
}

TEST_CASE("events that are switched off are not asked for") {
  Rig rig{};
  rig.settings.follows_events = false;
  rig.stub.put_app(web);
  { Watching watching{rig}; }
  rig.look();
  CHECK(rig.look().second == 3);
  for (const std::string& request : rig.stub.requests) {
    CHECK(request.find("events") == std::string::npos);
  }
}

TEST_CASE("the stream is followed to the leader, before and after it resigns") {
  Rig rig{3};
  rig.stub.elect(1);
  rig.stub.put_app(web);
  rig.stub.settle();
  Watching watching{rig};
  watching.until_attached();
  CHECK(rig.stub.requests == std::vector<std::string>{"0 GET /v2/events", "1 GET /v2/events"});
  CHECK(rig.look().first.ready == 3_replicas);  // passed on by the one that does not lead
  CHECK(rig.look().second == 0);
  rig.stub.abdicate();
  watching.until_detached();
  watching.until_attached();
  CHECK(rig.stub.requests.back() == "2 GET /v2/events");
  rig.look();
  CHECK(rig.look().second == 0);
}

TEST_CASE("a leader at an address that is not in the settings gets no request of ours") {
  Rig rig{2};
  rig.settings.urls.pop_back();
  rig.settings.access.headers = {{"Authorization", "token=secret"}};
  rig.stub.elect(1);
  rig.stub.put_app(web);
  rig.stub.settle();
  Watching watching{rig};
  rig.time.drive([&] { return rig.stub.requests.size() >= 2; });  // and once more after a pause
  for (const std::string& request : rig.stub.requests) CHECK(request == "0 GET /v2/events");
  CHECK(rig.look() == std::pair{BasePool{.ready = 3_replicas, .desired = 3_replicas}, 3});
}

TEST_CASE("while nobody leads the listing fails, and is never an empty cluster") {
  Rig rig{2};
  rig.stub.put_app(web);
  rig.stub.settle();
  REQUIRE(rig.observe());
  rig.stub.lose_leader();
  CHECK(rig.observe().error().code == Errc::unavailable);
  CHECK(rig.time.run(rig.cluster().observe("shop/web", rig.time.soon())).error().code ==
        Errc::unavailable);
  rig.stub.elect(1);
  CHECK(rig.observe()->pool.ready == 3_replicas);
}

TEST_CASE("an instance that is out of order is left for the next one, also for the stream") {
  Rig rig{2};
  rig.stub.elect(1);
  rig.stub.break_instance(0);
  rig.stub.put_app(web);
  rig.stub.settle();
  CHECK(rig.observe()->pool.ready == 3_replicas);
  Watching watching{rig};
  watching.until_attached();
  CHECK(rig.stub.requests.back() == "1 GET /v2/events");
}

TEST_CASE("nonsense is an error that names the list, and never an empty cluster") {
  for (const std::string path : {"/v2/apps", "/v2/queue", "/v2/deployments"}) {
    for (const std::string body : {"", "null", "<html>", "{\"apps\":", "[[[[[[", "\xff\xfe"}) {
      CAPTURE(path);
      CAPTURE(body);
      Rig rig{};
      rig.stub.put_app(web);
      rig.stub.instead[path] = io::HttpResponse{.body = body};
      CHECK(rig.observe().error().code == Errc::malformed);
    }
  }
}

TEST_CASE("an answer beyond the limit is refused, not read") {
  Rig rig{};
  rig.settings.answer_mib_max = 1;
  rig.stub.instead["/v2/apps"] = io::HttpResponse{.body = std::string(2U << 20U, ' ')};
  CHECK(rig.observe().error().code == Errc::too_large);
}

TEST_CASE("a redirect of a listing is not followed, and told") {
  Rig rig{};
  io::HttpResponse elsewhere{.status = 307};
  elsewhere.headers.set("Location", "https://elsewhere.example/v2/apps");
  rig.stub.instead["/v2/apps"] = elsewhere;
  const Error refused{rig.observe().error()};
  CHECK(refused.code == Errc::bad_request);
  CHECK(refused.context.find("elsewhere.example") != std::string::npos);
}

TEST_CASE("a stream of nonsense costs polling, nothing else") {
  Rig rig{};
  rig.stub.put_app(web);
  rig.stub.settle();
  rig.stub.events_instead = std::string(3U << 20U, 'x') + "\r\rdata\n\n\n:\nevent\n";
  Watching watching{rig};
  rig.time.drive([&] { return rig.stub.requests.size() >= 2; });  // it ended and was asked again
  CHECK(rig.look().first.ready == 3_replicas);
}

TEST_CASE("the examples of the public description, over HTTP") {
  Rig rig{};
  for (const auto& [path, name] :
       std::map<std::string, std::string>{{"/v2/apps", "app_list.json"},
                                          {"/v2/queue", "queue.json"},
                                          {"/v2/deployments", "deployments.json"},
                                          {"/v2/info", "info.json"},
                                          {"/v2/tasks", "tasks.json"}}) {
    const auto body = example(name);
    if (!body) return;
    rig.stub.instead[path] = *body;
  }
  const auto seen = rig.observe("myapp");
  REQUIRE(seen);
  CHECK(seen->pool.desired == 3_replicas);

  EventSpotter spotter{};
  CHECK(spotter.feed(example("events.txt")->body) == 2);  // two updates; one that attached
}

}  // namespace spillway::marathon_http_test
