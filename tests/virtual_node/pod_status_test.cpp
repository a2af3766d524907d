// What the API is told of a pod, by what its containers did.
#include "controller/virtual_node/pod_status.hpp"

#include <doctest/doctest.h>

#include <boost/json/serialize.hpp>
#include <string>

#include "controller/kubernetes/json_fields.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/printing.hpp"

namespace spillway::pod_status_test {

using namespace spillway::virtual_node;
using namespace spillway::testing;
using namespace std::chrono_literals;
namespace json = boost::json;

namespace {

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

ProviderContainer container(std::string name, Running state, std::optional<int> exit_code = {}) {
  return {.name = std::move(name), .state = state, .exit_code = exit_code};
}

ProviderGroup group_of(std::vector<ProviderContainer> containers, Running running) {
  ProviderGroup group{.id = {"g"}, .provisioning = Provisioning::succeeded, .running = running};
  group.ip = "10.0.0.4";
  group.containers = std::move(containers);
  return group;
}

PodShape shape(RestartPolicy restart) {
  PodShape made{};
  made.containers = {"a", "b"};
  made.main = "a";
  made.restart = restart;
  return made;
}

json::object pod(std::string_view status = "{}") {
  return *kubernetes::parse_object(
      R"({"metadata":{"name":"p","uid":"u-1"},"spec":{"containers":[{"name":"a","image":"x:1"},
      {"name":"b","image":"y:1"}]},"status":)" +
      std::string{status} + "}");
}

constexpr auto runs = Running::running;
constexpr auto ended = Running::ended;
constexpr auto waits = Running::waiting;

/// What the API has after `state` was told.
json::object after(const PodState& state, TimePoint now) {
  const auto patch = status_patch(pod(), state, now);
  REQUIRE(patch);
  const auto told = kubernetes::parse_object(*patch);
  return pod(json::serialize(told->at("status")));
}

}  // namespace

TEST_CASE("a pod's phase is what Kubernetes makes of its containers' ends") {
  struct Row {
    std::string_view name;
    RestartPolicy restart;
    Running group;
    ProviderContainer a;
    ProviderContainer b;
    PodPhase phase;
  };
  using enum RestartPolicy;
  const Row rows[]{
      {"starts", always, waits, container("replica", waits), container("b", waits),
       PodPhase::pending},
      {"runs", always, runs, container("replica", runs), container("b", runs), PodPhase::running},
      {"crashes and comes back", always, waits, container("replica", ended, 1),
       container("b", runs), PodPhase::running},
      {"stopped by somebody", always, ended, container("replica", ended, 0),
       container("b", ended, 0), PodPhase::failed},
      {"never, both well", never, ended, container("replica", ended, 0), container("b", ended, 0),
       PodPhase::succeeded},
      {"never, exit 1 is no success", never, ended, container("replica", ended, 1),
       container("b", ended, 0), PodPhase::failed},
      {"never, a sidecar's exit 3", never, ended, container("replica", ended, 0),
       container("b", ended, 3), PodPhase::failed},
      {"never, an untold end", never, ended, container("replica", ended), container("b", ended, 0),
       PodPhase::failed},
      {"never, one still runs", never, waits, container("replica", ended, 0), container("b", runs),
       PodPhase::running},
      {"never, the group lags", never, waits, container("replica", ended, 0),
       container("b", ended, 0), PodPhase::succeeded},
      {"on failure, both well", on_failure, ended, container("replica", ended, 0),
       container("b", ended, 0), PodPhase::succeeded},
      {"on failure, starts again", on_failure, waits, container("replica", ended, 1),
       container("b", ended, 0), PodPhase::running},
      {"on failure, given up", on_failure, ended, container("replica", ended, 1),
       container("b", ended, 0), PodPhase::failed},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const PodState state{
        state_of({}, group_of({row.a, row.b}, row.group), shape(row.restart), true, monday_noon)};
    CHECK(state.phase == row.phase);
    CHECK(state.is_ready == (row.a.state == runs && row.b.state == runs));
  }
}

TEST_CASE("a failed provisioning fails the pod, and a probe that fails does not") {
  ProviderGroup group{group_of({container("replica", runs), container("b", runs)}, runs)};
  const PodState deaf{state_of({}, group, shape(RestartPolicy::always), false, monday_noon)};
  CHECK(deaf.phase == PodPhase::running);
  CHECK_FALSE(deaf.is_ready);
  const PodState ready{
      state_of(deaf, group, shape(RestartPolicy::always), true, monday_noon + 1min)};
  CHECK(ready.is_ready);
  CHECK(ready.started_at == monday_noon);
  group.provisioning = Provisioning::failed;
  CHECK(state_of(ready, group, shape(RestartPolicy::always), true, monday_noon).phase ==
        PodPhase::failed);
}

TEST_CASE("each container's exit code and restarts are its own") {
  ProviderContainer main{container("replica", ended, 3)};
  main.detail = "OOMKilled";
  main.ended_at = monday_noon + 2min;
  ProviderContainer beside{container("b", runs)};
  beside.restarts = 4;
  const PodState state{state_of({}, group_of({main, beside}, waits), shape(RestartPolicy::never),
                                true, monday_noon)};
  const std::string patch{status_patch(pod(), state, monday_noon + 3min).value()};
  CAPTURE(patch);
  CHECK(has(patch, R"("metadata":{"uid":"u-1"})"));
  CHECK(has(patch, R"("podIP":"10.0.0.4")"));
  CHECK(has(patch, R"("name":"a","image":"x:1","imageID":"","ready":false,"started":false,)"
                   R"("restartCount":0,"state":{"terminated":{"exitCode":3,"reason":"OOMKilled",)"
                   R"("finishedAt":"2026-11-23T12:02:00Z"}})"));
  CHECK(has(patch, R"("restartCount":4,"state":{"running":{"startedAt":"2026-11-23T12:00:00Z"}})"));
  CHECK(has(patch, R"("type":"Ready","status":"False","reason":"ContainersNotReady")"));
}

TEST_CASE("an end that nobody told is not invented: 137, as kubelets say") {
  const PodState state{
      state_of({}, group_of({container("replica", ended), container("b", ended, 0)}, ended),
               shape(RestartPolicy::never), true, monday_noon)};
  const std::string patch{status_patch(pod(), state, monday_noon).value()};
  CHECK(has(patch, R"("exitCode":137,"reason":"ContainerStatusUnknown")"));
}

TEST_CASE("what the API says already is not told again, and keeps its times") {
  const PodState running{
      state_of({}, group_of({container("replica", runs), container("b", runs)}, runs),
               shape(RestartPolicy::always), true, monday_noon)};
  json::object told(after(running, monday_noon));
  CHECK_FALSE(status_patch(told, running, monday_noon + 1h));
  CHECK(state_in(told).phase == PodPhase::running);
  CHECK(state_in(told).is_ready);
  CHECK(state_in(told).started_at == monday_noon);
  CHECK(state_in(told).ip == "10.0.0.4");
  // As the node lifecycle controller does with the pods of a node that was silent for 40 s.
  auto& conditions = told["status"].as_object()["conditions"].as_array();
  for (json::value& each : conditions) {
    if (each.at("type").as_string() == "Ready") each.as_object()["status"] = "False";
  }
  const auto patch = status_patch(told, running, monday_noon + 1h);
  REQUIRE(patch);
  CHECK(has(*patch, R"("type":"Ready","status":"True","reason":null,)"
                    R"("lastTransitionTime":"2026-11-23T13:00:00Z")"));
  CHECK(has(*patch, R"("type":"ContainersReady","status":"True","reason":null,)"
                    R"("lastTransitionTime":"2026-11-23T12:00:00Z")"));
}

TEST_CASE("what is over stays as it was told, whenever it is looked at") {
  const PodState over{
      state_of({}, group_of({container("replica", ended, 0), container("b", ended, 0)}, ended),
               shape(RestartPolicy::never), true, monday_noon)};
  const json::object told(after(over, monday_noon));
  CHECK_FALSE(status_patch(told, over, monday_noon + 1h));
  const PodState restored{state_in(told)};
  CHECK(restored.phase == PodPhase::succeeded);
  CHECK_FALSE(status_patch(told, restored, monday_noon + 2h));
}

TEST_CASE("a pod says itself how it runs and when it takes traffic") {
  const auto described = kubernetes::parse_object(
      R"({"metadata":{"annotations":{"kubectl.kubernetes.io/default-container":"web"}},
      "spec":{"restartPolicy":"OnFailure","containers":[{"name":"log"},{"name":"web",
      "ports":[{"containerPort":9000},{"containerPort":8080,"name":"http"},
               {"containerPort":53,"protocol":"UDP"}],
      "readinessProbe":{"httpGet":{"path":"up","port":8443,"scheme":"HTTPS"},"periodSeconds":3,
        "timeoutSeconds":5,"failureThreshold":2}}]}})");
  REQUIRE(described);
  const PodShape seen{shape_of(*described)};
  CHECK(seen.main == "web");
  CHECK(seen.containers == std::vector<std::string>{"log", "web"});
  CHECK(seen.restart == RestartPolicy::on_failure);
  CHECK(seen.first_port == 8080);
  REQUIRE(seen.readiness);
  CHECK(seen.readiness->probe == ContainerProbe{.path = "/up",
                                                .port = 8443,
                                                .is_https = true,
                                                .period = 3s,
                                                .timeout = 5s,
                                                .failure_threshold = 2});
  CHECK(shape_of({}).main.empty());
}

}  // namespace spillway::pod_status_test
