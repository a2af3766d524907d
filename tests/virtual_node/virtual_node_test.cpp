// What becomes of pods on the virtual node.
#include <doctest/doctest.h>

#include "tests/virtual_node/node_rig.hpp"

namespace spillway::virtual_node_test {

using namespace spillway::node_rig;

TEST_CASE("a node registers closed, with a lease, and opens only while pods find no place") {
  Rig rig{};
  rig.time.drive([&] { return rig.node_text().find("\"allocatable\"") != std::string::npos; });
  CHECK(rig.node_text().find(R"("unschedulable":true)") != std::string::npos);
  CHECK(rig.stub.count("leases.coordination.k8s.io") == 1);
  rig.stub.put("pods", waiting);
  rig.time.drive(
      [&] { return rig.node_text().find(R"("unschedulable":false)") != std::string::npos; });
  rig.stub.erase("pods", "shop/w");
  rig.time.drive(
      [&] { return rig.node_text().find(R"("unschedulable":true)") != std::string::npos; });
}

TEST_CASE("a bound pod becomes one group, and its status what the group is") {
  Rig rig{};
  rig.stub.put("pods", pod("a", "burst"));
  rig.wait_for("a", R"("phase":"Running")");
  rig.wait_for("a", ready);
  CHECK(rig.pod_has("a", R"("podIP":")"));
  CHECK(rig.cloud.names() == std::vector<std::string>{"burst-uid-of-a"});
  const FakeGroup* const group{rig.cloud.find("burst-uid-of-a")};
  REQUIRE(group);
  CHECK(group->request.replica.image == "web:1");
  CHECK(group->request.replica.port == 8080);
  CHECK(rig.cloud.count_calls("create") == 1);
}

TEST_CASE("a former resource group that may not be looked at stops no pod, one that is down does") {
  Rig rig{};
  rig.cloud.behaviour.unlisted_places[Place{}] = {Errc::denied, "AuthorizationFailed"};
  rig.stub.put("pods", pod("a", "burst"));
  rig.wait_for("a", ready);
  rig.cloud.behaviour.unlisted_places[Place{}] = {Errc::unavailable, "503"};
  rig.stub.put("pods", pod("b", "burst"));
  rig.wait(1s);  // its group may be where nobody answers
  CHECK(rig.cloud.names() == std::vector<std::string>{"burst-uid-of-a"});
  rig.cloud.behaviour.unlisted_places.clear();
  rig.wait_for("b", ready);
}

TEST_CASE("a pod whose probe fails is running and not ready") {
  Rig rig{};
  rig.prober.is_failing = true;
  rig.stub.put("pods", pod("a", "burst"));
  rig.wait_for("a", R"("phase":"Running")");
  CHECK_FALSE(rig.pod_has("a", ready));
  rig.prober.is_failing = false;
  rig.wait_for("a", ready);
}

TEST_CASE("a probe is asked where the pod says, and a pod without one is ready when it runs") {
  Rig rig{};
  rig.prober.is_failing = true;
  rig.stub.put("pods", job("plain", "Always"));
  rig.wait_for("plain", ready);
  CHECK(rig.prober.asked.empty());
  auto other = boost::json::parse(pod("a", "burst")).as_object();
  auto& container = other["spec"].as_object()["containers"].as_array()[0].as_object();
  container["readinessProbe"] =
      boost::json::parse(R"({"httpGet":{"path":"/healthz","port":8081,"scheme":"HTTPS"}})");
  rig.prober.is_failing = false;
  rig.stub.put("pods", std::move(other));
  rig.wait_for("a", ready);
  REQUIRE_FALSE(rig.prober.asked.empty());
  CHECK(rig.prober.asked.front().port == 8081);
  CHECK(rig.prober.asked.front().path == "/healthz");
  CHECK(rig.prober.asked.front().scheme == "https");
  const ReplicaTemplate& replica{rig.cloud.find("burst-uid-of-a")->request.replica};
  CHECK(replica.port == 8080);
  CHECK(replica.more_ports == std::vector<int>{8081});  // else the probe reaches nothing
}

TEST_CASE("a deleted pod keeps its group for its grace, then both go") {
  Rig rig{};
  rig.stub.put("pods", pod("a", "burst"));
  rig.wait_for("a", ready);
  rig.stub.put("pods", pod("a", "burst", R"(,"deletionTimestamp":"2999-01-01T00:00:00Z")"));
  const TimePoint began{rig.time.clock.now()};
  rig.time.drive([&] { return rig.time.clock.now() - began > 600ms; });
  CHECK(rig.groups() == 1);
  rig.stub.put("pods", pod("a", "burst", R"(,"deletionTimestamp":"2020-01-01T00:00:00Z")"));
  rig.time.drive([&] { return rig.stub.find("pods", "shop/a") == nullptr; });
  rig.time.drive([&] { return rig.groups() == 0; });
}

TEST_CASE("a region without room is left for the next at once") {
  Rig rig{};
  rig.cloud.behaviour.refusing_regions.emplace("eastus", Error{Errc::no_capacity, "no room"});
  rig.stub.put("pods", pod("a", "burst"));
  rig.wait_for("a", ready);
  CHECK(rig.cloud.find("burst-uid-of-a")->request.place.region == "westus");
}

TEST_CASE("a region that accepts and then has no room is left for the next, by the next pod, too") {
  Rig rig{};
  rig.cloud.fail_next_start("InsufficientCapacity: none", Errc::no_capacity);
  rig.stub.put("pods", pod("a", "burst"));
  rig.wait_for("a", ready);
  CHECK(rig.cloud.find("burst-uid-of-a")->request.place.region == "westus");
  rig.stub.put("pods", pod("b", "burst"));
  rig.wait_for("b", ready);
  CHECK(rig.cloud.find("burst-uid-of-b")->request.place.region == "westus");
}

TEST_CASE("a node that a person has cordoned stays closed") {
  Rig rig{};
  rig.time.drive([&] { return rig.node_text().find("\"allocatable\"") != std::string::npos; });
  rig.wait(500ms);
  auto node = *rig.stub.find("nodes", "burst");
  node["metadata"].as_object()["annotations"].as_object().erase("spillway/closed");
  rig.stub.put("nodes", std::move(node));
  rig.stub.put("pods", waiting);
  rig.wait(1200ms);
  CHECK(rig.node_text().find(R"("unschedulable":true)") != std::string::npos);
}

TEST_CASE("what a group cannot have is said in the pod's status, and nothing is created") {
  Rig rig{};
  auto with_volume = boost::json::parse(pod("a", "burst")).as_object();
  auto& spec = with_volume["spec"].as_object();
  spec["volumes"] = boost::json::parse(R"([{"name":"d","hostPath":{"path":"/"}}])");
  spec["containers"].as_array()[0].as_object()["volumeMounts"] =
      boost::json::parse(R"([{"name":"d","mountPath":"/d"}])");
  rig.stub.put("pods", std::move(with_volume));
  rig.wait_for("a", "hostPath is not to be had in a container group");
  CHECK(rig.pod_has("a", R"("reason":"NotSupported")"));
  CHECK(rig.cloud.count_calls("create") == 0);
}

TEST_CASE("a pod beyond the budget waits, says why, and starts once there is money") {
  Rig rig{};
  rig.purse.is_shut = true;
  rig.stub.put("pods", pod("a", "burst"));
  rig.wait_for("a", "OverBudget");
  CHECK(rig.pod_has("a", "the cap is reached"));
  CHECK(rig.pod_has("a", R"("phase":"Pending")"));
  CHECK(rig.groups() == 0);
  CHECK(rig.purse.asked == 1);  // and again after a pause
  rig.purse.is_shut = false;
  rig.stub.put("pods", pod("b", "burst"));
  rig.wait_for("b", ready);
  CHECK(rig.groups() == 1);
  rig.time.drive([&] { return rig.purse.groups_noted == 1; });
}

TEST_CASE("the API server reads what each of a pod's containers has written") {
  Rig rig{};
  rig.stub.put("pods", pod("a", "burst"));
  rig.wait_for("a", ready);
  using Answer = std::pair<int, std::string>;
  CHECK(rig.ask_kubelet("/containerLogs/shop/a/web") == Answer{200, "started\n"});
  CHECK(rig.ask_kubelet("/containerLogs/shop/a/web?tailLines=1") == Answer{200, "started\n"});
  CHECK(rig.ask_kubelet("/containerLogs/shop/a/web?limitBytes=3") == Answer{200, "sta"});
  CHECK(rig.ask_kubelet("/containerLogs/shop/a/web?tailLines=0") == Answer{200, ""});
  CHECK(rig.ask_kubelet("/containerLogs/shop/b/web") ==
        Answer{404, "no pod shop/b runs on burst\n"});
  CHECK(rig.ask_kubelet("/containerLogs/shop/a/proxy").first == 400);
  CHECK(rig.ask_kubelet("/containerLogs/shop/a/web?timestamps=true").second ==
        "2026-11-23T12:00:00Z started\n");
  CHECK(rig.ask_kubelet("/containerLogs/shop/a/web?sinceTime=2026-11-23T12:00:00Z").second ==
        "started\n");
  CHECK(rig.ask_kubelet("/containerLogs/shop/a/web?sinceTime=2999-01-01T00:00:00Z").second.empty());
  auto two = boost::json::parse(pod("c", "burst")).as_object();
  two["spec"].as_object()["containers"].as_array().push_back(
      boost::json::parse(R"({"name":"proxy","image":"proxy:1"})"));
  rig.stub.put("pods", std::move(two));
  rig.wait_for("c", ready);
  rig.cloud.write_log("burst-uid-of-c", "proxy", "from beside\n");
  CHECK(rig.ask_kubelet("/containerLogs/shop/c/proxy") == Answer{200, "from beside\n"});
  CHECK(rig.ask_kubelet("/portForward/shop/a").first == 400);  // without an upgrade
  CHECK(rig.ask_kubelet("/exec/shop/a/web?command=sh&output=1").first == 501);  // nobody opens any
  CHECK(rig.ask_kubelet("/healthz") == Answer{200, "ok"});
}

TEST_CASE("logs that are followed come as they are written, and end with their group") {
  Rig rig{};
  rig.stub.put("pods", pod("a", "burst"));
  rig.wait_for("a", ready);
  const KubeletAnswer reply{rig.answer("/containerLogs/shop/a/web?follow=true")};
  REQUIRE(reply.live);
  CHECK(rig.time.run(reply.live->next()) == "started\n");
  rig.cloud.write_log("burst-uid-of-a", "replica", "more\n");
  CHECK(rig.time.run(reply.live->next()) == "more\n");
  rig.cloud.vanish("burst-uid-of-a");
  CHECK_FALSE(rig.time.run(reply.live->next()));
}

TEST_CASE("a scrape of the node's metrics succeeds and invents none of its pods") {
  Rig rig{};
  rig.stub.put("pods", pod("a", "burst"));
  rig.wait_for("a", ready);
  const auto [status, body] = rig.ask_kubelet("/stats/summary?only_cpu_and_memory=true");
  CHECK(status == 200);
  const auto summary = boost::json::parse(body);
  CHECK(summary.at("node").at("nodeName") == "burst");
  CHECK(summary.at("node").as_object().contains("startTime"));
  CHECK(summary.at("pods").as_array().empty());  // 0 would make an HPA scale in
  CHECK(rig.ask_kubelet("/metrics/resource") == std::pair<int, std::string>{200, ""});
}

TEST_CASE("a policy opens the node before pods wait, and a person's cordon stays") {
  Rig rig{};
  const auto is_open = [&rig] {
    return rig.node_text().find(R"("unschedulable":false)") != std::string::npos;
  };
  rig.time.drive([&] { return !rig.node_text().empty(); });
  rig.wait(500ms);
  CHECK_FALSE(is_open());
  rig.wanting = 1;
  rig.time.drive(is_open);
  rig.wanting.reset();  // blind: nobody knows, nothing changes
  rig.wait(1500ms);
  CHECK(is_open());
  rig.wanting = 0;
  rig.time.drive([&] { return !is_open(); });
  // `kubectl cordon` while it is closed: the mark that it was us goes.
  auto node = *rig.stub.find("nodes", "burst");
  node["metadata"].as_object()["annotations"].as_object().erase("spillway/closed");
  rig.stub.put("nodes", std::move(node));
  rig.wanting = 1;
  rig.wait(1s);
  CHECK_FALSE(is_open());
}

}  // namespace spillway::virtual_node_test
