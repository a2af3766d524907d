// What the virtual node is made of, without any IO.
#include <doctest/doctest.h>

#include <string>

#include "controller/kubernetes/json_fields.hpp"
#include "controller/virtual_node/group_size.hpp"
#include "controller/virtual_node/node_object.hpp"
#include "controller/virtual_node/opening.hpp"
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
  const auto look = [&opening](std::optional<int> waiting, Duration after,
                               std::optional<int> wanting = 0) {
    opening = after_look(opening, {waiting, wanting}, monday_noon + after, 2min);
    return opening.is_open;
  };
  CHECK_FALSE(look(0, 0s));
  CHECK(look(3, 1s));
  CHECK(look(0, 10s));
  CHECK(look(std::nullopt, 10min));  // nothing known, nothing changed
  look(1, 20s);
  look(0, 30s);
  CHECK(look(0, 149s));
  CHECK_FALSE(look(0, 150s));
}

TEST_CASE("the node opens when a policy says so, and closes only when both are known to be calm") {
  Opening opening{};
  const auto look = [&opening](std::optional<int> waiting, std::optional<int> wanting,
                               Duration after) {
    opening = after_look(opening, {waiting, wanting}, monday_noon + after, 2min);
    return opening.is_open;
  };
  CHECK_FALSE(look(0, std::nullopt, 0s));  // a policy that is not known opens nothing
  CHECK(look(0, 1, 1s));
  CHECK(look(std::nullopt, 1, 2s));
  CHECK(look(0, 0, 10s));
  CHECK(look(0, std::nullopt, 5min));  // nor does it close
  CHECK(look(0, 2, 6min));             // wanted again: the pause begins anew
  CHECK(look(0, 0, 7min));
  CHECK(look(0, 0, 8min + 59s));
  CHECK_FALSE(look(0, 0, 9min));
}

TEST_CASE("a node is registered closed, tainted, and with what it can take") {
  const Settings settings{.name = "burst", .vcpu = 40, .memory_gb = 80.5, .pods = 30};
  const std::string node{registration_body(settings)};
  CHECK(has(node, R"("unschedulable":true)"));
  CHECK(has(node,
            R"({"key":"virtual-kubelet.io/provider","value":"spillway","effect":"NoSchedule"})"));
  const std::string status{status_body(settings, monday_noon + 1h, monday_noon)};
  CHECK(has(status, R"("allocatable":{"cpu":"40","memory":"80500M","pods":"30",)"
                    R"("ephemeral-storage":"1500G"})"));
  CHECK(has(status, R"("type":"Ready","status":"True")"));
  CHECK(has(status, R"("lastHeartbeatTime":"2026-11-23T13:00:00Z",)"
                    R"("lastTransitionTime":"2026-11-23T12:00:00Z")"));
  CHECK(has(node, R"("node.kubernetes.io/exclude-from-external-load-balancers":"true")"));
  CHECK(has(labels_body(settings), R"("kubernetes.io/hostname":"burst")"));
  CHECK(has(lease_body(settings, monday_noon), R"("renewTime":"2026-11-23T12:00:00.000000Z")"));
}

TEST_CASE("a person's cordon is told from our own") {
  const auto node = [](const std::string& text) { return *kubernetes::parse_object(text); };
  CHECK_FALSE(is_cordoned_by_person(node(registration_body(Settings{}))));
  CHECK_FALSE(is_cordoned_by_person(node(cordon_body(true))));
  CHECK_FALSE(is_cordoned_by_person(node(cordon_body(false))));
  CHECK_FALSE(is_cordoned_by_person(node(R"({"metadata":{},"spec":{}})")));
  CHECK(is_cordoned_by_person(node(R"({"metadata":{},"spec":{"unschedulable":true}})")));
}

TEST_CASE("a refused place is left alone for a while, for the next pod as well") {
  Places places{2};
  CHECK(places.next(monday_noon) == 0);
  places.note_refusal(0, monday_noon);
  CHECK(places.next(monday_noon + 1min) == 1);
  CHECK(places.has_open(monday_noon + 1min));
  places.note_refusal(1, monday_noon + 1min);
  CHECK_FALSE(places.has_open(monday_noon + 2min));
  CHECK(places.next(monday_noon + 2min) == 0);  // the one that refused first
  CHECK(places.next(monday_noon + Places::pause) == 0);
  CHECK(places.has_open(monday_noon + Places::pause));
}

TEST_CASE("every container of a pod is rounded up, and none below what a group takes") {
  DerivedReplica described{};
  described.vcpu = 0.105;
  described.memory_gb = 0.067108864 + 0.02097152;  // 64 MiB and 20 MiB
  described.replica.sidecars = {{.name = "log", .vcpu = 0.005, .memory_gb = 0.02097152}};
  const GroupSize size{take_rounded_size(described)};
  CHECK(described.replica.sidecars[0].vcpu == doctest::Approx(0.01));
  CHECK(described.replica.sidecars[0].memory_gb == doctest::Approx(0.1));
  CHECK(size.vcpu == doctest::Approx(0.11));
  CHECK(size.memory_gb == doctest::Approx(0.2));
  CHECK(main_memory_gb(described.replica, size.memory_gb) >= 0.1 - 1e-9);
  DerivedReplica silent{};
  CHECK(take_rounded_size(silent).vcpu == doctest::Approx(1.0));
  CHECK(take_rounded_size(silent).memory_gb == doctest::Approx(1.5));
}

TEST_CASE("one lost answer of a probe does not take a pod out of its Services") {
  const ContainerProbe probe{.period = 5s, .failure_threshold = 3, .success_threshold = 2};
  Readiness readiness{true};
  readiness.note(false, probe, monday_noon);
  readiness.note(false, probe, monday_noon + 5s);
  CHECK(readiness.is_ready());
  readiness.note(true, probe, monday_noon + 10s);
  readiness.note(false, probe, monday_noon + 15s);
  readiness.note(false, probe, monday_noon + 20s);
  CHECK(readiness.is_ready());
  readiness.note(false, probe, monday_noon + 25s);
  CHECK_FALSE(readiness.is_ready());
  CHECK_FALSE(readiness.is_due(monday_noon + 29s));
  CHECK(readiness.is_due(monday_noon + 30s));
  readiness.note(true, probe, monday_noon + 30s);
  CHECK_FALSE(readiness.is_ready());
  readiness.note(true, probe, monday_noon + 35s);
  CHECK(readiness.is_ready());
  readiness.begin_anew(monday_noon + 60s);
  CHECK_FALSE(readiness.is_ready());
  CHECK_FALSE(readiness.is_due(monday_noon + 59s));
}

TEST_CASE("groups without a pod wait, unless it was seen deleted; those of other clusters stay") {
  const auto group = [](std::string name, std::string cluster) {
    ProviderGroup made{.id = {std::move(name)}, .provisioning = Provisioning::succeeded};
    made.tags.cluster = std::move(cluster);
    return made;
  };
  const std::vector<ProviderGroup> all{group("lost", "here"), group("other", "elsewhere"),
                                       group("gone", "here"), group("old", "")};
  std::vector<const ProviderGroup*> orphans{};
  for (const ProviderGroup& each : all) orphans.push_back(&each);
  using Verdict = Orphans::Verdict;
  Orphans eyes{};
  eyes.note_deleted_pod("gone");
  CHECK(eyes.judge(orphans, "here", monday_noon, 10min) ==
        Verdict{.remove = {{"gone"}}, .waiting = 2, .foreign = 1});
  CHECK(eyes.judge(orphans, "here", monday_noon + 9min, 10min).waiting == 2);
  CHECK(eyes.judge(orphans, "here", monday_noon + 10min, 10min) ==
        Verdict{.remove = {{"lost"}, {"gone"}, {"old"}}, .foreign = 1});
  // An absence that ended counts from its next beginning.
  CHECK(eyes.judge({}, "here", monday_noon + 11min, 10min) == Verdict{});
  CHECK(eyes.judge(orphans, "here", monday_noon + 12min, 10min).remove.empty());
  // Without knowing where we are nothing is anybody's.
  Orphans blind{};
  CHECK(blind.judge(orphans, "", monday_noon, 10min) == Verdict{.waiting = 4});
  CHECK(blind.judge(orphans, "", monday_noon + 24h, 10min) == Verdict{.waiting = 4});
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
