// Which turns of a pod become an Event, and how it reads.
#include "controller/virtual_node/pod_events.hpp"

#include <doctest/doctest.h>

#include <string>

#include "controller/kubernetes/json_fields.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/printing.hpp"

namespace spillway::pod_events_test {

using namespace spillway::virtual_node;
using namespace spillway::testing;

namespace {

PodState in(PodPhase phase, std::string reason = "", std::string message = "") {
  PodState state{};
  state.phase = phase;
  state.reason = std::move(reason);
  state.message = std::move(message);
  return state;
}

PodState running(int restarts, bool is_ready) {
  PodState state{in(PodPhase::running)};
  state.ip = "10.0.0.4";
  state.is_ready = is_ready;
  state.containers.push_back({.name = "web", .restarts = restarts});
  return state;
}

std::string reason_of(const PodState& before, const PodState& after) {
  const auto event = event_of(before, after, "spillway-uid");
  return event ? (event->is_warning ? "!" : "") + event->reason : "-";
}

}  // namespace

TEST_CASE("each turn of a pod is one event, and what stays as it is is none") {
  const PodState fresh{in(PodPhase::pending)};
  const PodState creating{in(PodPhase::pending, "ContainerCreating")};
  const PodState poor{in(PodPhase::pending, "OverBudget", "the cap is 1 USD")};
  CHECK(reason_of(fresh, fresh) == "-");
  CHECK(reason_of(fresh, creating) == "GroupCreating");
  CHECK(reason_of(creating, creating) == "-");
  CHECK(reason_of(fresh, poor) == "!OverBudget");
  CHECK(reason_of(poor, in(PodPhase::pending, "OverBudget", "the cap is 2 USD")) == "-");
  CHECK(event_of(fresh, poor, "g")->message == "the pod cannot start: the cap is 1 USD");
  CHECK(reason_of(creating, running(0, false)) == "Started");
  CHECK(reason_of(running(0, false), running(0, true)) == "-");
  CHECK(reason_of(running(0, true), running(0, false)) == "!Unhealthy");
  CHECK(reason_of(running(0, true), running(1, false)) == "!ContainerRestarted");
  CHECK(reason_of(running(0, true), in(PodPhase::failed, "GroupVanished")) == "!GroupVanished");
  CHECK(reason_of(running(0, true), in(PodPhase::succeeded, "Completed")) == "Completed");
  CHECK(reason_of(in(PodPhase::failed, "X"), in(PodPhase::failed, "Y")) == "-");
}

TEST_CASE("an event says whom it is about, and its words have a limit") {
  kubernetes::Metadata pod{};
  pod.name_space = "shop";
  pod.name = "web-1";
  pod.uid = "u-1";
  const PodEvent event{true, "OverBudget", std::string(5000, 'x') + "\n"};
  const auto body = kubernetes::parse_object(event_body(pod, event, "burst", monday_noon));
  REQUIRE(body);
  kubernetes::FieldReader fields{};
  CHECK(fields.text(&*body, "type") == "Warning");
  CHECK(fields.text(&*body, "message").size() <= 1024);
  CHECK(fields.text(&*body, "lastTimestamp") == "2026-11-23T12:00:00Z");
  const auto* const about = fields.object(&*body, "involvedObject");
  CHECK(fields.text(about, "uid") == "u-1");
  CHECK(fields.text(about, "kind") == "Pod");
  CHECK(fields.text(fields.object(&*body, "source"), "host") == "burst");
}

}  // namespace spillway::pod_events_test
