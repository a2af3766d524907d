#include "controller/cluster/kubernetes/base_pool.hpp"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include "controller/cluster/kubernetes/service_name.hpp"

#include "tests/support/printing_core.hpp"

using namespace spillway;
using namespace spillway::kubernetes;

namespace {

constexpr double gib{1024.0 * 1024.0 * 1024.0};

Pod pod(std::string name, std::string node, bool is_ready = true) {
  Pod made{
      .node = std::move(node), .phase = "Running", .is_ready = is_ready, .requests = {0.5, gib}};
  made.metadata.name = std::move(name);
  return made;
}

Pod unschedulable(std::string name) {
  Pod made{pod(std::move(name), "", false)};
  made.phase = "Pending";
  made.is_unschedulable = true;
  return made;
}

Node node(std::string name, double cores) {
  Node made{.is_ready = true, .allocatable = {cores, 8 * gib}, .pods_max = 110};
  made.metadata.name = std::move(name);
  return made;
}

/// Two nodes of two cores, one Deployment of half a core a pod.
struct World {
  World() {
    owner.replicas = 4;
    owner.pod_requests = {0.5, gib};
    add(node("n1", 2.0));
    add(node("n2", 2.0));
  }

  void add(Node each) {
    std::string name{each.metadata.name};
    nodes.insert_or_assign(std::move(name), std::move(each));
  }
  void add(Pod each) {
    std::string name{each.metadata.name};
    pods.insert_or_assign(std::move(name), std::move(each));
  }

  BasePool pool() {
    picture = picture_of(nodes, pods);
    PoolInput input{.owner = &owner, .leaves_out_cordoned = leaves_out_cordoned};
    for (const auto& [name, each] : pods) input.pods.push_back(&each);
    if (sees_nodes) input.nodes = &picture;
    if (has_autoscaler) input.autoscaler = &autoscaler;
    if (has_budget) input.budget = &budget;
    return base_pool(input);
  }

  PodOwner owner{};
  std::map<std::string, Node> nodes{};
  std::map<std::string, Pod> pods{};
  NodePicture picture{};
  Autoscaler autoscaler{.replicas_max = 20};
  DisruptionBudget budget{};
  bool has_autoscaler{false};
  bool has_budget{false};
  bool sees_nodes{true};
  bool leaves_out_cordoned{false};
};

}  // namespace

TEST_CASE("ready, starting and unschedulable pods are told apart") {
  World world{};
  world.add(pod("a", "n1"));
  world.add(pod("b", "n2", false));
  world.add(unschedulable("c"));
  world.add(pod("d", "", false));  // the scheduler has not looked at it yet
  Pod leaving{pod("e", "n1")};
  leaving.metadata.is_deleting = true;
  world.add(leaving);
  Pod done{pod("f", "n1")};
  done.phase = "Succeeded";
  world.add(done);
  const BasePool pool{world.pool()};
  CHECK(pool.ready == 1_replicas);
  CHECK(pool.starting == 2_replicas);
  CHECK(pool.pending == 1_replicas);
  CHECK(pool.desired == 4_replicas);
  CHECK(pool.nodes_up == 2);
}

TEST_CASE("a pod for which others make way is starting, not pending") {
  World world{};
  Pod lucky{unschedulable("a")};
  lucky.nominated_node = "n1";
  world.add(lucky);
  CHECK(world.pool().pending == 0_replicas);
  CHECK(world.pool().starting == 1_replicas);
}

TEST_CASE("pods on a lost node serve nobody, though the listing calls them running") {
  World world{};
  world.add(pod("a", "n1"));
  world.add(pod("b", "n2"));
  world.add(pod("c", "vanished"));
  world.nodes.at("n2").is_ready = false;
  const BasePool pool{world.pool()};
  CHECK(pool.ready == 1_replicas);
  CHECK(pool.starting == 0_replicas);
  CHECK(pool.nodes_down == 1);
}

TEST_CASE("pods that cannot even be made are wanted all the same") {
  World world{};
  world.owner.replicas = 6;
  world.add(pod("a", "n1"));
  CHECK(world.pool().pending == 0_replicas);  // they are about to come
  world.owner.create_failure = "exceeded quota";
  CHECK(world.pool().pending == 5_replicas);
  world.owner.create_failure.clear();
  world.owner.is_ordered = true;
  world.add(unschedulable("b"));
  CHECK(world.pool().pending == 5_replicas);  // one that waits, four behind it
}

TEST_CASE("room is what the autoscaler may add and the nodes can take") {
  World world{};
  for (const std::string name : {"a", "b"}) world.add(pod(name, "n1"));
  for (const std::string name : {"c", "d"}) world.add(pod(name, "n2"));
  CHECK(world.pool().room == 0_replicas);  // nobody would add any
  world.has_autoscaler = true;
  CHECK(world.pool().room == 4_replicas);  // two a node
  world.autoscaler.replicas_max = 5;
  CHECK(world.pool().room == 1_replicas);
  world.autoscaler.is_able = false;
  CHECK(world.pool().room == 0_replicas);
  world.autoscaler = {.replicas_max = 20};
  world.nodes.at("n2").is_cordoned = true;
  CHECK(world.pool().room == 2_replicas);
  world.nodes.at("n1").taints = {{"team", "other", "NoSchedule"}};
  CHECK(world.pool().room == 0_replicas);
  world.sees_nodes = false;
  CHECK(world.pool().room == 0_replicas);
}

TEST_CASE("there is no room while pods find no node, whatever the sums say") {
  World world{};
  world.has_autoscaler = true;
  world.add(unschedulable("a"));
  CHECK(world.pool().room == 0_replicas);
  CHECK(world.pool().pending == 1_replicas);
}

TEST_CASE("a virtual node is no machine") {
  World world{};
  world.has_autoscaler = true;
  world.nodes.clear();
  Node virtual_node{node("v", 100.0)};
  virtual_node.taints = {{"virtual-kubelet.io/provider", "azure", "NoSchedule"}};
  world.add(virtual_node);
  CHECK(world.pool().nodes_up == 0);
  CHECK(world.pool().room == 0_replicas);
}

TEST_CASE("a drain's pods are left out before they go, as far as their budget lets them") {
  World world{};
  for (const std::string name : {"a", "b", "c"}) world.add(pod(name, "n1"));
  world.add(pod("d", "n2"));
  world.nodes.at("n1").is_cordoned = true;
  CHECK(world.pool().ready == 4_replicas);
  world.leaves_out_cordoned = true;
  CHECK(world.pool().ready == 1_replicas);
  world.has_budget = true;
  world.budget.disruptions_allowed = 1;
  CHECK(world.pool().ready == 3_replicas);
  world.budget.disruptions_allowed = 0;
  CHECK(world.pool().ready == 4_replicas);
}

TEST_CASE("pods without requests are limited by the node's number of pods alone") {
  World world{};
  world.has_autoscaler = true;
  world.autoscaler.replicas_max = 1000;
  world.owner.pod_requests = {};
  world.nodes.at("n1").pods_max = 3;
  world.nodes.at("n2").pods_max = 0;
  CHECK(world.pool().room == 3_replicas);
}

TEST_CASE("services are named like kubectl names them") {
  CHECK(parse_service("web", "shop")->key() == "shop/web");
  CHECK(parse_service("other/web", "shop")->key() == "other/web");
  CHECK(parse_service("statefulset:other/db", "shop")->kind == OwnerKind::stateful_set);
  for (const std::string_view wrong : {"", "a/b/c", "pod:x", "web:", "We b", "/web", "web/"}) {
    CAPTURE(wrong);
    CHECK_FALSE(parse_service(wrong, "shop"));
  }
}
