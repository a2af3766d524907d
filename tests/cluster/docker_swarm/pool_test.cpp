#include "controller/cluster/docker_swarm/pool.hpp"

#include <doctest/doctest.h>

#include "controller/cluster/docker_swarm/placement.hpp"
#include "tests/cluster/docker_swarm/samples.hpp"
#include "tests/support/printing.hpp"

namespace spillway::pool_test {

using namespace spillway::docker_swarm;
using namespace spillway::docker_swarm::samples;

namespace {

Swarm swarm_of(const std::string& services, const std::string& tasks, const std::string& nodes) {
  Listing listing{};
  listing.services = *parse_services(services);
  listing.tasks = *parse_tasks(tasks);
  listing.nodes = *parse_nodes(nodes);
  return Swarm{std::move(listing)};
}

BasePool pool_of(const Swarm& swarm, std::string_view name = "web") {
  const Service* const found{swarm.find(name)};
  REQUIRE(found != nullptr);
  return swarm.pool(*found);
}

constexpr std::string_view no_node{"no suitable node (insufficient resources on 2 nodes)"};

}  // namespace

TEST_CASE("tasks count by how far they have come") {
  const Swarm swarm{swarm_of(
      list(service("web", 6), service("api", 1)),
      list(task("web", 1, "running"), task("web", 2, "running", "n2"), task("web", 3, "preparing"),
           task("web", 4, "pending", "", no_node), task("web", 5, "pending", "", ""),
           task("web", 6, "rejected"), task("api", 1, "running")),
      list(node("n1"), node("n2")))};
  const BasePool pool{pool_of(swarm)};
  CHECK(pool.ready == 2_replicas);
  CHECK(pool.starting == 2_replicas);  // also the one that the scheduler has not looked at yet
  CHECK(pool.pending == 1_replicas);
  CHECK(pool.desired == 6_replicas);
  CHECK(pool.room == 0_replicas);
  CHECK(pool.nodes_up == 2);
  CHECK_FALSE(pool.is_rolling);
  CHECK(pool_of(swarm, "id-api").ready == 1_replicas);
  CHECK(swarm.find("nobody") == nullptr);
}

TEST_CASE("a lost node takes its replicas along at once, whatever their tasks say") {
  const std::string tasks{list(task("web", 1, "running"), task("web", 2, "running", "n2"),
                               task("web", 3, "running", "n9"))};
  const BasePool pool{
      pool_of(swarm_of(list(service("web", 3)), tasks, list(node("n1"), node("n2", "down"))))};
  CHECK(pool.ready == 1_replicas);
  CHECK(pool.nodes_down == 1);
}

TEST_CASE("a drained node is not up, and its tasks serve until they are stopped") {
  const BasePool pool{pool_of(swarm_of(
      list(service("web", 2)), list(task("web", 1, "running"), task("web", 2, "running", "n2")),
      list(node("n1"), node("n2", "ready", "drain"))))};
  CHECK(pool.ready == 2_replicas);
  CHECK(pool.nodes_up == 1);
  CHECK(pool.nodes_down == 1);
}

TEST_CASE("two tasks in one slot are one replica") {
  const BasePool pool{pool_of(swarm_of(
      list(service("web", 2)),
      list(task("web", 1, "running"), task("web", 1, "running", "n2"), task("web", 2, "running"),
           task("web", 2, "starting", "n2"), task("web", 2, "shutdown", "n1", "", "shutdown")),
      list(node("n1"), node("n2"))))};
  CHECK(pool.ready == 2_replicas);
  CHECK(pool.starting == 0_replicas);
}

TEST_CASE("a global service has one replica for each node that is up and suits it") {
  const std::string global{
      R"({"ID":"g","Spec":{"Name":"g","Mode":{"Global":{}},"TaskTemplate":{"ContainerSpec":{"Image":"x"},)"
      R"("Placement":{"Constraints":["node.role == worker"]}}}})"};
  const std::string running{
      R"({"ServiceID":"g","NodeID":"n1","DesiredState":"running","Status":{"State":"running"}})"};
  const BasePool pool{
      pool_of(swarm_of(list(global), list(running),
                       list(node("n1"), node("n2"), node("m1", "ready", "active", "manager"))),
              "g")};
  CHECK(pool.desired == 2_replicas);
  CHECK(pool.ready == 1_replicas);
}

TEST_CASE("an update is under way until it has gone through, also while it is paused") {
  const auto rolling{[](std::string_view state) {
    const std::string more{
        state.empty() ? std::string{} : fmt::format(R"(,"UpdateStatus":{{"State":"{}"}})", state)};
    return pool_of(swarm_of(list(service("web", 1, more)), "[]", "[]")).is_rolling;
  }};
  CHECK_FALSE(rolling(""));
  CHECK(rolling("updating"));
  CHECK(rolling("paused"));
  CHECK(rolling("rollback_started"));
  CHECK_FALSE(rolling("completed"));
  CHECK_FALSE(rolling("rollback_completed"));
}

TEST_CASE("while an update goes forward, what ran before it counts as settled") {
  const auto settled{[](std::string_view state) {
    const std::string more{fmt::format(
        R"(,"UpdateStatus":{{"State":"{}"}},"PreviousSpec":{{"TaskTemplate":{{"ContainerSpec":{{"Image":"old"}}}}}})",
        state)};
    const Swarm swarm{swarm_of(list(service("web", 1, more, "{}", "new")), "[]", "[]")};
    return Swarm::settled_task(*swarm.find("web")).image;
  }};
  CHECK(settled("updating") == "old");
  CHECK(settled("paused") == "old");
  CHECK(settled("completed") == "new");
  CHECK(settled("rollback_started") == "new");  // the old one is back in its place already
}

TEST_CASE("a service that somebody else scales has room as far as its tasks would fit") {
  const std::string reserving{
      R"({"ID":"id-web","Spec":{"Name":"web","Labels":{"spillway.replicas_max":"9"},)"
      R"("Mode":{"Replicated":{"Replicas":2}},"TaskTemplate":{"ContainerSpec":{"Image":"x"},)"
      R"("Resources":{"Reservations":{"NanoCPUs":600000000}}}}})"};
  const auto task_with{[](int slot, std::string_view cpus) {
    return fmt::format(
        R"({{"ServiceID":"id-web","NodeID":"n1","Slot":{},"DesiredState":"running",)"
        R"("Status":{{"State":"running"}},"Spec":{{"Resources":{{"Reservations":{{"NanoCPUs":{}}}}}}}}})",
        slot, cpus);
  }};
  const std::string tasks{list(task_with(1, "600000000"), task_with(2, "600000000"))};
  // n1 has 0.8 of 2 CPUs left: one more; n2 takes three; n3 is drained.
  const std::string nodes{list(node("n1"), node("n2"), node("n3", "ready", "drain"))};
  CHECK(pool_of(swarm_of(list(reserving), tasks, nodes)).room == 4_replicas);
  CHECK(pool_of(swarm_of(list(reserving), tasks, list(node("n1")))).room == 1_replicas);
  // One that found no node: whatever the sums say, there is none.
  const std::string full{list(task_with(1, "600000000"), task("web", 2, "pending", "", no_node))};
  CHECK(pool_of(swarm_of(list(reserving), full, nodes)).room == 0_replicas);
  const std::string unlimited{service("web", 2, "", R"({"spillway.replicas_max":"9"})")};
  CHECK(pool_of(swarm_of(list(unlimited), "[]", nodes)).room == 7_replicas);
  const std::string nonsense{service("web", 2, "", R"({"spillway.replicas_max":"many"})")};
  CHECK(pool_of(swarm_of(list(nonsense), "[]", nodes)).room == 0_replicas);
}

TEST_CASE("a fixed host port leaves room for one task per node") {
  Service web{.id = "w", .name = "web"};
  web.ports = {{.target = 80, .published = 8080, .is_host_mode = true}};
  Listing listing{};
  listing.nodes = *parse_nodes(list(node("n1"), node("n2")));
  CHECK(fitting(web, listing, 5) == 2);
  listing.tasks = {{.node_id = "n1", .desired_state = "running", .host_ports = {8080}}};
  CHECK(fitting(web, listing, 5) == 1);
  web.task.replicas_per_node_max = 1;
  listing.tasks = {{.service_id = "w", .node_id = "n2", .desired_state = "running"}};
  CHECK(fitting(web, listing, 5) == 1);
}

TEST_CASE("placement constraints hold as in Swarm") {
  const Node node{.id = "n1",
                  .hostname = "host",
                  .role = "manager",
                  .os = "linux",
                  .arch = "x86_64",
                  .labels = {{"zone", "East"}},
                  .engine_labels = {{"disk", "ssd"}}};
  const struct {
    std::string_view constraint;
    bool holds;
  } rows[]{
      {"node.role==manager", true},
      {"node.role != manager", false},
      {"node.labels.zone == east", true},
      {"node.labels.zone!=west", true},
      {"node.labels.rack==", true},
      {"node.labels.rack==1", false},
      {"engine.labels.disk == ssd", true},
      {"node.id==n1", true},
      {"node.hostname==other", false},
      {"node.platform.os == linux", true},
      {"node.platform.arch == arm64", false},
      {"node.color==red", false},
      {"", false},
      {"node.role", false},
      {"node.role=", false},
  };
  for (const auto& row : rows) {
    CAPTURE(row.constraint);
    CHECK(holds(row.constraint, node) == row.holds);
  }
}

TEST_CASE("a listing with a hole is no listing") {
  CHECK(parse_services("[]")->empty());
  for (const std::string_view body :
       {"", "{}", "null", "[1]", R"([{"ID":"x"}])", R"([{"Spec":{"Name":"web"}}])",
        R"([{"ID":"x","Spec":{"Name":"web","Mode":{"Replicated":{"Replicas":"3"}}}}])",
        R"([{"ID":"x","Spec":{"Name":"web","TaskTemplate":{"ContainerSpec":{"Env":[1]}}}}])"}) {
    CAPTURE(body);
    const auto services = parse_services(body);
    REQUIRE_FALSE(services);
    CHECK(services.error().code == Errc::malformed);
  }
  CHECK_FALSE(parse_tasks(R"([{"ServiceID":"x"}])"));
  CHECK_FALSE(parse_nodes(R"([{"Spec":{}}])"));
}

TEST_CASE("counts that no swarm has are cut, not believed") {
  const auto services = parse_services(
      list(R"({"ID":"x","Spec":{"Name":"web","Mode":{"Replicated":{"Replicas":1e300}}}})",
           R"({"ID":"y","Spec":{"Name":"api","Mode":{"Replicated":{"Replicas":-5}}}})"));
  REQUIRE(services);
  CHECK(services->at(0).replicas == 1'000'000'000);
  CHECK(services->at(1).replicas == 0);
}

}  // namespace spillway::pool_test
