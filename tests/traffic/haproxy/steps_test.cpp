#include "controller/traffic/haproxy/steps.hpp"

#include "controller/traffic/haproxy/merge.hpp"
#include "tests/support/printing.hpp"

namespace spillway::steps_test {

using namespace spillway::haproxy;

namespace {

Backend burst(std::string group, std::string ip = "10.0.0.4", int weight = 100) {
  return {.group = {std::move(group)},
          .workload = "web",
          .ip = std::move(ip),
          .port = 8080,
          .weight = weight};
}

Server server(std::string name, std::string ip = "10.0.0.4", int weight = 1) {
  return {.name = std::move(name), .ip = std::move(ip), .port = 8080, .weight = weight};
}

Server in_maintenance(Server server) {
  server.is_in_maintenance = true;
  return server;
}

Server draining(Server server, int in_flight = 0) {
  server.is_draining = true;
  server.in_flight = in_flight;
  return server;
}

std::vector<std::string> commands(const Result<Steps>& steps) {
  REQUIRE(steps);
  std::vector<std::string> texts{};
  for (const Step& step : steps->steps) texts.push_back(step.command);
  return texts;
}

using Texts = std::vector<std::string>;

const Settings usual{};
const Settings with_slots{.slots = "aci"};

}  // namespace

TEST_CASE("admitting says only what is missing") {
  const Server vm{server("vm1", "10.0.0.1")};
  const auto admit = [&](std::vector<Server> servers, const Backend& wanted = burst("a")) {
    servers.push_back(vm);
    return commands(steps_to_admit(usual, "be", servers, wanted, {}));
  };
  const Texts added{admit({})};
  REQUIRE(added.size() == 3);
  CHECK(added[0].starts_with("add server be/spillway-a 10.0.0.4:8080 weight 1 check"));
  CHECK(added[1] == "enable health be/spillway-a");
  CHECK(added[2] == "set server be/spillway-a state ready");

  CHECK(admit({server("spillway-a")}) == Texts{});
  CHECK(admit({draining(server("spillway-a"))}) == Texts{"set server be/spillway-a state ready"});
  CHECK(admit({in_maintenance(server("spillway-a"))}) ==
        Texts{"set server be/spillway-a state ready"});
  CHECK(admit({server("spillway-a", "10.0.0.9")}) ==
        Texts{"set server be/spillway-a addr 10.0.0.4 port 8080"});
  CHECK(admit({server("spillway-a")}, burst("a", "10.0.0.4", 300)) ==
        Texts{"set server be/spillway-a weight 3"});
  Server half_added{in_maintenance(server("spillway-a"))};
  half_added.needs_health_enabled = true;
  CHECK(admit({half_added}) ==
        Texts{"enable health be/spillway-a", "set server be/spillway-a state ready"});
}

TEST_CASE("a server of somebody else is never named in a step") {
  const std::vector<Server> servers{server("vm1"), server("a"), server("spillwaya")};
  CHECK(commands(steps_to_drain(usual, "be", servers, burst("a"))) == Texts{});
  CHECK(commands(steps_to_evict(usual, "be", servers, burst("a"))) == Texts{});
  CHECK(our_backends(usual, "web", servers, {}).empty());
  const Texts added{commands(steps_to_admit(usual, "be", servers, burst("vm1"), {}))};
  for (const std::string& command : added) {
    CHECK(command.find("be/spillway-vm1") != std::string::npos);
  }
}

TEST_CASE("foreign text never enters a command") {
  for (const std::string bad : {"a; set server be/vm1 state maint", "a\n", "a b", "a/../b"}) {
    CAPTURE(bad);
    CHECK(steps_to_admit(usual, "be", {}, burst(bad), {}).error().code == Errc::bad_request);
  }
  CHECK(steps_to_admit(usual, "be", {}, burst("a", "1.1.1.1;x"), {}).error().code ==
        Errc::bad_request);
  CHECK(steps_to_admit(usual, "be", {}, burst(""), {}).error().code == Errc::bad_request);
}

TEST_CASE("draining and evicting what is not there, or is so already, says nothing") {
  CHECK(commands(steps_to_drain(usual, "be", {}, burst("a"))) == Texts{});
  CHECK(commands(steps_to_evict(usual, "be", {}, burst("a"))) == Texts{});
  CHECK(commands(steps_to_drain(usual, "be", {draining(server("spillway-a"))}, burst("a"))) ==
        Texts{});
  CHECK(commands(steps_to_drain(usual, "be", {server("spillway-a")}, burst("a"))) ==
        Texts{"set server be/spillway-a state drain"});
  CHECK(commands(steps_to_evict(usual, "be", {draining(server("spillway-a"))}, burst("a"))) ==
        Texts{"set server be/spillway-a state maint", "del server be/spillway-a"});
  Server busy{in_maintenance(server("spillway-a"))};
  busy.in_flight = 1;
  CHECK(commands(steps_to_evict(usual, "be", {busy}, burst("a"))) ==
        Texts{"del server be/spillway-a"});
}

TEST_CASE("a connection that went idle during maintenance does not keep a server from leaving") {
  const Server idle{in_maintenance(server("spillway-a"))};
  CHECK(commands(steps_to_evict(usual, "be", {idle}, burst("a"))) ==
        Texts{"set server be/spillway-a state drain", "set server be/spillway-a state maint",
              "del server be/spillway-a"});
}

TEST_CASE("a slot is filled, drained and freed, and never deleted") {
  const std::vector<Server> fresh{in_maintenance(server("aci1", "127.0.0.1")),
                                  in_maintenance(server("aci2", "127.0.0.1"))};
  CHECK(our_backends(with_slots, "web", fresh, {}).empty());
  CHECK(commands(steps_to_admit(with_slots, "be", fresh, burst("a"), {})) ==
        Texts{"set server be/aci1 addr 10.0.0.4 port 8080", "set server be/aci1 weight 100",
              "set server be/aci1 state ready"});

  std::vector<Server> used{server("aci1"), fresh[1]};
  CHECK(commands(steps_to_admit(with_slots, "be", used, burst("a", "10.0.0.4", 1), {})) == Texts{});
  CHECK(commands(steps_to_drain(with_slots, "be", used, burst("a"))) ==
        Texts{"set server be/aci1 state drain"});
  used[0] = draining(used[0], 2);
  const auto evicted = steps_to_evict(with_slots, "be", used, burst("a"));
  CHECK(commands(evicted) == Texts{"set server be/aci1 state maint"});
  CHECK(evicted->in_flight_left == 2);
  used[0] = in_maintenance(used[0]);
  CHECK(our_backends(with_slots, "web", used, {}).size() == 1);
  used[0].in_flight = 0;
  CHECK(our_backends(with_slots, "web", used, {}).empty());
}

TEST_CASE("a slot in which requests are in flight, or that another call fills, is not chosen") {
  std::vector<Server> servers{in_maintenance(server("aci1", "127.0.0.1")),
                              in_maintenance(server("aci2", "127.0.0.1"))};
  servers[0].in_flight = 1;
  CHECK(steps_to_admit(with_slots, "be", servers, burst("a"), {})->server == "aci2");
  const auto none = steps_to_admit(with_slots, "be", servers, burst("a"), {"be/aci2"});
  REQUIRE_FALSE(none);
  CHECK(none.error().code == Errc::no_capacity);
  CHECK(advice(none.error()).find("server-template") != std::string_view::npos);
}

TEST_CASE("a burst replica weighs what a base server weighs, in HAProxy's own scale") {
  CHECK(haproxy_weight(100, 1) == 1);
  CHECK(haproxy_weight(200, 1) == 2);
  CHECK(haproxy_weight(100, 100) == 100);
  CHECK(haproxy_weight(50, 64) == 32);
  CHECK(haproxy_weight(1, 1) == 1);        // 0 would mean no traffic at all
  CHECK(haproxy_weight(900, 100) == 256);  // HAProxy's highest
  CHECK(base_weight(usual, {}) == 100);
  CHECK(base_weight(usual, {server("vm1", "10.0.0.1", 10), server("vm2", "10.0.0.2", 10),
                            server("vm3", "10.0.0.3", 20), server("spillway-a", "", 99),
                            server("spillway-b", "", 99), server("spillway-c", "", 99)}) == 10);
  CHECK(base_weight(Settings{.base_weight = 7}, {server("vm1", "10.0.0.1", 10)}) == 7);
}

TEST_CASE("a weight that HAProxy can only hold roughly is listed as it was asked") {
  const std::vector<Server> servers{server("vm1", "10.0.0.1", 1), server("spillway-a")};
  Asked asked{};
  CHECK(our_backends(usual, "web", servers, asked).front().backend.weight == 100);
  asked.remember(burst("a", "10.0.0.4", 120));
  CHECK(our_backends(usual, "web", servers, asked).front().backend.weight == 120);
  asked.remember(burst("a", "10.0.0.4", 300));  // not what HAProxy has: show the difference
  CHECK(our_backends(usual, "web", servers, asked).front().backend.weight == 100);
}

TEST_CASE("a slot gets its group back from what was asked in this run") {
  Asked asked{};
  CHECK(our_backends(with_slots, "web", {server("aci3")}, asked).front().backend.group.name == "");
  asked.remember(burst("a"));
  CHECK(our_backends(with_slots, "web", {server("aci3")}, asked).front().backend.group.name == "a");
  asked.remember(burst("a", "10.0.0.5"));  // the group moved: the old address is nobody's
  CHECK(our_backends(with_slots, "web", {server("aci3")}, asked).front().backend.group.name == "");
  asked.forget(burst("a"));
  CHECK(asked.find(burst("a")) == nullptr);
}

TEST_CASE("several processes: admitted means everywhere, draining means nowhere admitted") {
  const ListedBackend in{burst("a"), BackendState::admitted, 2};
  const ListedBackend out{burst("a"), BackendState::draining, 3};
  const ListedBackend moved{burst("a", "10.0.0.9"), BackendState::admitted, 0};
  const auto state = [](const std::vector<std::vector<ListedBackend>>& listings) {
    return merge(listings).at(0).state;
  };
  CHECK(state({{in}, {in}}) == BackendState::admitted);
  CHECK(state({{in}, {}}) == BackendState::partial);
  CHECK(state({{}, {in}}) == BackendState::partial);
  CHECK(state({{in}, {out}}) == BackendState::partial);
  CHECK(state({{in}, {moved}}) == BackendState::partial);
  CHECK(state({{out}, {out}}) == BackendState::draining);
  CHECK(state({{out}, {}}) == BackendState::draining);
  CHECK(merge({{in}, {out}}).at(0).in_flight == 5);
  CHECK(merge({{}, {}}).empty());
  CHECK(merge({{in, {burst("b", "10.0.0.5")}}, {in}}).size() == 2);
}

}  // namespace spillway::steps_test
