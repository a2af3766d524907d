// What the virtual node is made of, without any IO.
#include <doctest/doctest.h>

#include <string>

#include "controller/kubernetes/json_fields.hpp"
#include "controller/virtual_node/node_object.hpp"
#include "controller/virtual_node/opening.hpp"
#include "controller/virtual_node/pod_status.hpp"
#include "controller/virtual_node/virtual_node.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/printing.hpp"

namespace spillway::parts_test {

using namespace spillway::virtual_node;
using namespace spillway::testing;
using namespace std::chrono_literals;

namespace {

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("the node opens at once when pods wait, and closes when none has for a while") {
  Opening opening{};
  opening = after_look(opening, 0, monday_noon, 2min);
  CHECK_FALSE(opening.is_open);
  opening = after_look(opening, 3, monday_noon + 1s, 2min);
  CHECK(opening.is_open);
  opening = after_look(opening, 0, monday_noon + 10s, 2min);
  CHECK(opening.is_open);
  opening = after_look(opening, std::nullopt, monday_noon + 10min, 2min);
  CHECK(opening.is_open);  // nothing known, nothing changed
  opening = after_look(opening, 1, monday_noon + 20s, 2min);
  opening = after_look(opening, 0, monday_noon + 30s, 2min);
  opening = after_look(opening, 0, monday_noon + 149s, 2min);
  CHECK(opening.is_open);
  opening = after_look(opening, 0, monday_noon + 150s, 2min);
  CHECK_FALSE(opening.is_open);
}

TEST_CASE("a node is registered closed, tainted, and with what it can take") {
  const Settings settings{.name = "burst", .vcpu = 40, .memory_gb = 80.5, .pods = 30};
  const std::string node{registration_body(settings)};
  CHECK(has(node, R"("unschedulable":true)"));
  CHECK(has(node,
            R"({"key":"virtual-kubelet.io/provider","value":"spillway","effect":"NoSchedule"})"));
  const std::string status{status_body(settings, monday_noon, "1")};
  CHECK(has(status, R"("allocatable":{"cpu":"40","memory":"80500M","pods":"30"})"));
  CHECK(has(status, R"("type":"Ready","status":"True")"));
  CHECK(has(lease_body(settings, monday_noon), R"("renewTime":"2026-11-23T12:00:00.000000Z")"));
}

TEST_CASE("what a group does is what its pod's status says") {
  ProviderGroup group{.id = {"g"}};
  PodState state{state_of({}, group, false, false, monday_noon)};
  CHECK(state.phase == PodPhase::pending);
  group.provisioning = Provisioning::succeeded;
  group.running = Running::running;
  group.ip = "10.0.0.4";
  group.restarts = 2;
  state = state_of(state, group, false, false, monday_noon);
  CHECK(state.phase == PodPhase::running);
  CHECK_FALSE(state.is_ready);
  state = state_of(state, group, true, false, monday_noon + 1min);
  CHECK(state.is_ready);
  CHECK(state.started_at == monday_noon);
  CHECK(state.restarts == 2);
  group.running = Running::ended;
  CHECK(state_of(state, group, true, false, monday_noon).phase == PodPhase::failed);
  CHECK_FALSE(state_of(state, group, true, false, monday_noon).is_ready);
  CHECK(state_of(state, group, true, true, monday_noon).phase == PodPhase::succeeded);
  group.provisioning = Provisioning::failed;
  CHECK(state_of(state, group, true, false, monday_noon).phase == PodPhase::failed);
}

TEST_CASE("a status is for one pod, with each container and the address") {
  const auto pod = kubernetes::parse_object(
      R"({"metadata":{"name":"p","uid":"u-1"},"spec":{"containers":[{"name":"a","image":"x:1"},
      {"name":"b","image":"y:1"}]}})");
  REQUIRE(pod);
  const PodState state{.phase = PodPhase::running,
                       .is_ready = true,
                       .ip = "10.0.0.4",
                       .restarts = 3,
                       .started_at = monday_noon};
  const std::string patch{status_patch(*pod, state, monday_noon + 1min)};
  CHECK(has(patch, R"("metadata":{"uid":"u-1"})"));
  CHECK(has(patch, R"("podIP":"10.0.0.4")"));
  CHECK(has(patch, R"("name":"b","image":"y:1","imageID":"","ready":true)"));
  CHECK(has(patch, R"("restartCount":3)"));
  CHECK(has(patch, R"("running":{"startedAt":"2026-11-23T12:00:00Z"})"));
  CHECK(has(patch, R"("type":"Ready","status":"True")"));
}

TEST_CASE("a group's name is its pod's uid, whatever the node's name") {
  const std::string uid{"0b6e7f0a-2f39-4c0e-9d58-2d6c8a0f9e11"};
  CHECK(group_name("spillway", uid) == "spillway-" + uid);
  CHECK(group_name(std::string(63, 'n'), uid).size() == 63);
  CHECK(group_name(std::string(63, 'n'), uid).ends_with(uid));
}

TEST_CASE("a pod without a spec or a uid is malformed") {
  for (const std::string_view text :
       {"{}", R"({"metadata":{"name":"p","uid":"u"}})", R"({"metadata":{"name":"p"},"spec":{}})"}) {
    CAPTURE(text);
    const auto object = kubernetes::parse_object(text);
    CHECK(parse_bound_pod(*object).error().code == Errc::malformed);
  }
}

}  // namespace spillway::parts_test
