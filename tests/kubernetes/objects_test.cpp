#include "controller/kubernetes/objects.hpp"

#include <doctest/doctest.h>

#include <string>

#include "controller/kubernetes/answers.hpp"
#include "controller/kubernetes/json_fields.hpp"
#include "controller/kubernetes/rights.hpp"

#include "tests/support/printing_core.hpp"

namespace spillway::objects_test {

using namespace spillway::kubernetes;

namespace {

boost::json::object object(std::string_view text) {
  auto parsed = parse_object(text);
  REQUIRE(parsed);
  return std::move(*parsed);
}

PodOwner deployment(std::string_view spec, std::string_view status, int generation = 1) {
  const auto parsed = parse_deployment(object(
      R"({"metadata":{"name":"web","namespace":"a","generation":)" + std::to_string(generation) +
      R"(},"spec":{"selector":{"matchLabels":{"app":"web"}},"template":{"spec":{"containers":[]}})" +
      std::string{spec} + R"(},"status":{)" + std::string{status} + "}}"));
  REQUIRE(parsed);
  return *parsed;
}

}  // namespace

TEST_CASE("a pod's place, readiness and why it has none") {
  const auto waiting = parse_pod(object(R"({"metadata":{"name":"p","namespace":"a"},"spec":{
    "containers":[{"resources":{"requests":{"cpu":"250m","memory":"64Mi"}}},
                  {"resources":{"limits":{"cpu":1}}}]},
    "status":{"phase":"Pending","conditions":[{"type":"PodScheduled","status":"False",
      "reason":"Unschedulable","message":"0/2 nodes are available: 2 Insufficient cpu."}]}})"));
  REQUIRE(waiting);
  CHECK(waiting->is_unschedulable);
  CHECK(waiting->why_not == "0/2 nodes are available: 2 Insufficient cpu.");
  CHECK(waiting->requests.cores == doctest::Approx(1.25));
  CHECK(waiting->requests.memory_bytes == doctest::Approx(67108864.0));
  const auto gated = parse_pod(object(R"({"metadata":{"name":"p"},"status":{"conditions":[
    {"type":"PodScheduled","status":"False","reason":"SchedulingGated"}]}})"));
  CHECK_FALSE(gated->is_unschedulable);
  const auto placed = parse_pod(object(R"({"metadata":{"name":"p","deletionTimestamp":"t"},
    "spec":{"nodeName":"n"},"status":{"phase":"Running","conditions":[
    {"type":"Ready","status":"True"},
    {"type":"PodScheduled","status":"False","reason":"Unschedulable"}]}})"));
  CHECK(placed->is_ready);
  CHECK(placed->metadata.is_deleting);
  CHECK_FALSE(placed->is_unschedulable);
  CHECK_FALSE(parse_pod(object(R"({"metadata":{}})")));
  CHECK_FALSE(parse_pod(object(R"({"metadata":{"name":"p"},"spec":[]})")));
}

TEST_CASE("requests: init containers overlap, native sidecars add up") {
  CHECK(requests_of(object(R"({"containers":[{"resources":{"requests":{"cpu":"250m"}}},
    {"resources":{"requests":{"cpu":"100m"}}}],
    "initContainers":[{"resources":{"requests":{"cpu":"500m"}}}]})"))
            .cores == doctest::Approx(0.5));
  CHECK(requests_of(object(R"({"containers":[{"resources":{"requests":{"cpu":"250m"}}}],
    "initContainers":[{"restartPolicy":"Always","resources":{"requests":{"cpu":"100m"}}},
                      {"resources":{"requests":{"cpu":"300m"}}}],"overhead":{"cpu":"50m"}})"))
            .cores == doctest::Approx(0.45));
}

TEST_CASE("a rollout is told from a full cluster, a scaling and a quota") {
  struct Row {
    std::string_view name;
    std::string_view spec;
    std::string_view status;
    int generation;
    bool is_rolling;
  };
  const std::string_view done{R"("observedGeneration":3,"replicas":5,"updatedReplicas":5)"};
  for (const Row& row :
       {Row{"at rest", "", done, 3, false}, Row{"not looked at yet", "", done, 4, true},
        Row{"old pods left", "", R"("observedGeneration":3,"replicas":6,"updatedReplicas":2)", 3,
            true},
        Row{"unschedulable pods are updated ones", R"(,"replicas":9)",
            R"("observedGeneration":3,"replicas":9,"updatedReplicas":9,"unavailableReplicas":4)", 3,
            false},
        Row{"quota", R"(,"replicas":9)",
            R"("observedGeneration":3,"replicas":5,"updatedReplicas":5,"conditions":
              [{"type":"ReplicaFailure","status":"True","reason":"FailedCreate"}])",
            3, false},
        Row{"recreate, all gone for a moment", R"(,"strategy":{"type":"Recreate"})",
            R"("observedGeneration":3,"conditions":[{"type":"Progressing","status":"True",
              "reason":"ReplicaSetUpdated"}])",
            3, true}}) {
    CAPTURE(row.name);
    CHECK(deployment(row.spec, row.status, row.generation).is_rolling == row.is_rolling);
  }
}

TEST_CASE("a partitioned StatefulSet that has done its part is not rolling for ever") {
  const auto set = [](int updated, std::string_view strategy) {
    const auto parsed = parse_stateful_set(object(
        R"({"metadata":{"name":"db","generation":1},"spec":{"replicas":5,"updateStrategy":)" +
        std::string{strategy} + R"(,"volumeClaimTemplates":[{"metadata":{"name":"data"}}],
        "template":{"spec":{}}},"status":{"observedGeneration":1,"currentRevision":"a",
        "updateRevision":"b","updatedReplicas":)" +
        std::to_string(updated) + "}}"));
    REQUIRE(parsed);
    CHECK(parsed->claim_templates == std::vector<std::string>{"data"});
    CHECK(parsed->is_ordered);
    return parsed->is_rolling;
  };
  CHECK(set(1, R"({"type":"RollingUpdate"})"));
  CHECK(set(1, R"({"rollingUpdate":{"partition":3}})"));
  CHECK_FALSE(set(2, R"({"rollingUpdate":{"partition":3}})"));
  CHECK_FALSE(set(0, R"({"type":"OnDelete"})"));
}

TEST_CASE("an autoscaler without metrics is not able to scale") {
  const auto able = [](std::string_view conditions) {
    const auto parsed = parse_autoscaler(object(
        R"({"metadata":{"name":"h"},"spec":{"maxReplicas":9,"scaleTargetRef":{"kind":"Deployment",
        "name":"web"}},"status":{"conditions":[)" +
        std::string{conditions} + "]}}"));
    REQUIRE(parsed);
    CHECK(parsed->replicas_max == 9);
    return parsed->is_able;
  };
  CHECK(able(""));
  CHECK(able(R"({"type":"ScalingActive","status":"True"})"));
  CHECK_FALSE(able(R"({"type":"ScalingActive","status":"False"})"));
}

TEST_CASE("the server's no in its own words, with its own time to wait") {
  const auto error = [](int status, std::string body) {
    return error_of_answer("listing pods", {.status = status, .body = std::move(body)});
  };
  const Error busy{error(429, R"({"kind":"Status","reason":"TooManyRequests","message":"slow down",
                                  "details":{"retryAfterSeconds":3}})")};
  CHECK(busy.code == Errc::throttled);
  CHECK(busy.retry_after == std::chrono::seconds{3});
  CHECK(busy.context == "listing pods: 429 TooManyRequests: slow down");
  CHECK(error(409, "{}").code == Errc::transitioning);
  CHECK(error(403, "<html>").code == Errc::denied);
  CHECK(error(410, "").code == Errc::not_found);
  CHECK(error(422, "{}").code == Errc::bad_request);
  CHECK(error(503, "").code == Errc::unavailable);
  CHECK(error(504, "").code == Errc::timeout);
}

TEST_CASE("a 403 of the API server got Azure's advice: subscription and resource group") {
  const auto error = [](int status) {
    return error_of_answer("listing endpointslices", {.status = status, .body = "{}"});
  };
  const std::string_view forbidden{advice(with_context("traffic", error(403)))};
  CHECK(forbidden.find("rbac.yaml") != std::string_view::npos);
  CHECK(forbidden.find("kubectl auth can-i") != std::string_view::npos);
  CHECK(advice(error(401)).find("token that has expired") != std::string_view::npos);
  for (const int status : {401, 403}) {
    CHECK(advice(error(status)).find("subscription") == std::string_view::npos);
  }
  CHECK(advice(error(503)) == advice(Errc::unavailable));
}

TEST_CASE("versions by discovery: the best one that both sides know") {
  const auto offered = parse_group_versions(
      R"({"kind":"APIGroup","preferredVersion":{"version":"v1"},"versions":[{"version":"v2"},
      {"version":"v1"}]})");
  REQUIRE(offered);
  CHECK(*offered == std::vector<std::string>{"v1", "v2"});
  CHECK(choose_version(*offered, {"v2", "v2beta2", "v1"}) == "v2");
  CHECK(choose_version({"v1beta1"}, {"v1", "v1beta1"}) == "v1beta1");
  CHECK_FALSE(choose_version({"v3"}, {"v1"}));
  CHECK_FALSE(parse_group_versions("{}"));
}

TEST_CASE("rights are asked for one by one") {
  CHECK(review_body({"list", "apps", "deployments", "shop"}).find(R"("namespace":"shop")") !=
        std::string::npos);
  CHECK(*parse_review(R"({"status":{"allowed":true}})"));
  CHECK_FALSE(*parse_review(R"({"status":{"allowed":false,"reason":"x"}})"));
  CHECK_FALSE(parse_review("{}").has_value());
}

}  // namespace spillway::objects_test
