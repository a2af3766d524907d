// The whole virtual node between a stub API server, over real sockets, and the fake cloud.
#include "controller/virtual_node/virtual_node.hpp"

#include <fmt/format.h>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <memory>
#include <set>
#include <string>

#include "tests/support/fake_provider.hpp"
#include "tests/support/printing.hpp"
#include "tests/support/real_time.hpp"
#include "tests/support/stub_api_server.hpp"

using namespace spillway;
using namespace spillway::virtual_node;
using namespace spillway::testing;
using namespace std::chrono_literals;

namespace {

/// Ready unless told otherwise.
class ListedProber final : public io::Prober {
 public:
  boost::asio::awaitable<Result<void>> probe(io::ProbeTarget, io::Deadline) override {
    if (is_failing) co_return Error{Errc::unavailable, "refused"};
    co_return Result<void>{};
  }
  bool is_failing{false};
};

/// Lets nothing through while it is shut, and writes down what it was told.
class SmallPurse final : public Purse {
 public:
  void note(const std::vector<ProviderGroup>& groups, TimePoint) override {
    groups_noted = groups.size();
  }
  std::optional<std::string> refuses(const Place&, const GroupSize&, TimePoint) override {
    ++asked;
    if (is_shut) return "the cap is reached";
    return std::nullopt;
  }
  bool is_shut{false};
  int asked{0};
  std::size_t groups_noted{0};
};

FakeCloud quick() {
  FakeCloud cloud{};
  cloud.owner = "node";
  cloud.pull_after = 20ms;
  cloud.start_time = 60ms;
  cloud.remove_time = 40ms;
  return cloud;
}

std::string pod(std::string_view name, std::string_view node, std::string_view more = "") {
  return fmt::format(
      R"({{"metadata":{{"namespace":"shop","name":"{0}","uid":"uid-of-{0}"{2}}},
      "spec":{{"nodeName":"{1}","tolerations":[{{"key":"virtual-kubelet.io/provider",
        "operator":"Exists"}}],"containers":[{{"name":"web","image":"web:1",
        "ports":[{{"containerPort":8080}}]}}]}},"status":{{"phase":"Pending"}}}})",
      name, node, more);
}

constexpr std::string_view waiting{R"({"metadata":{"namespace":"shop","name":"w","uid":"u-w"},
  "spec":{"tolerations":[{"key":"virtual-kubelet.io/provider","operator":"Exists"}],
    "containers":[{"name":"web","image":"web:1"}]},
  "status":{"phase":"Pending","conditions":[{"type":"PodScheduled","status":"False",
    "reason":"Unschedulable"}]}})"};

class Rig {
 public:
  Rig() { start(); }
  ~Rig() { stop(); }

  void start() {
    kubernetes::Access access{};
    access.cluster.server = stub.url();
    auto server = kubernetes::make_api_server(time.context, time.clock, std::move(access));
    REQUIRE(server);
    node = std::make_unique<VirtualNode>(
        Settings{.name = "burst", .close_after = 1s, .interval = 200ms}, std::move(*server),
        VirtualNode::Parts{.clock = time.clock,
                           .random = random,
                           .provider = cloud,
                           .prober = prober,
                           .owner = "node",
                           .places = {{.region = "eastus"}, {.region = "westus"}},
                           .purse = &purse});
    has_ended_ = false;
    boost::asio::co_spawn(time.context, node->run(),
                          boost::asio::bind_cancellation_slot(
                              stop_.slot(), [this](std::exception_ptr) { has_ended_ = true; }));
  }
  /// As a SIGTERM: nothing is told, nothing removed.
  void stop() {
    stop_.emit(boost::asio::cancellation_type::terminal);
    time.drive([this] { return has_ended_; });
    node.reset();
  }

  std::string pod_text(const std::string& name) {
    const auto* const found = stub.find("pods", "shop/" + name);
    return found == nullptr ? std::string{} : boost::json::serialize(*found);
  }
  bool pod_has(const std::string& name, std::string_view part) {
    return pod_text(name).find(part) != std::string::npos;
  }
  void wait_for(const std::string& name, std::string_view part) {
    time.drive([&] { return pod_has(name, part); });
  }
  std::string node_text() {
    const auto* const found = stub.find("nodes", "burst");
    return found == nullptr ? std::string{} : boost::json::serialize(*found);
  }
  std::size_t groups() { return cloud.names().size(); }
  /// What the API server hears at the kubelet port.
  std::pair<int, std::string> ask_kubelet(std::string target) {
    io::HttpRequest request{};
    request.url.target = std::move(target);
    const auto answer = time.run(node->answer_kubelet(std::move(request)));
    return {answer.status, answer.body};
  }

  RealTime time{};
  StubApiServer stub{time.context};
  io::SeededRandom random{7};
  FakeProvider cloud{time.clock, quick()};
  ListedProber prober{};
  SmallPurse purse{};
  std::unique_ptr<VirtualNode> node{};

 private:
  boost::asio::cancellation_signal stop_{};
  bool has_ended_{true};
};

constexpr std::string_view ready{R"("type":"Ready","status":"True")"};

}  // namespace

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

TEST_CASE("a pod whose probe fails is running and not ready") {
  Rig rig{};
  rig.prober.is_failing = true;
  rig.stub.put("pods", pod("a", "burst"));
  rig.wait_for("a", R"("phase":"Running")");
  CHECK_FALSE(rig.pod_has("a", ready));
  rig.prober.is_failing = false;
  rig.wait_for("a", ready);
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

TEST_CASE("a restart of ours finds the same groups, creates none, and removes orphans") {
  Rig rig{};
  rig.stub.put("pods", pod("a", "burst"));
  rig.stub.put("pods", pod("b", "burst"));
  rig.wait_for("a", ready);
  rig.wait_for("b", ready);
  rig.stop();
  rig.stub.erase("pods", "shop/b");
  rig.start();
  rig.time.drive([&] { return rig.groups() == 1; });
  CHECK(rig.cloud.names() == std::vector<std::string>{"burst-uid-of-a"});
  CHECK(rig.cloud.count_calls("create") == 2);
}

TEST_CASE("a region without room is left for the next at once") {
  Rig rig{};
  rig.cloud.behaviour.refusing_regions.emplace("eastus", Error{Errc::no_capacity, "no room"});
  rig.stub.put("pods", pod("a", "burst"));
  rig.wait_for("a", ready);
  CHECK(rig.cloud.find("burst-uid-of-a")->request.place.region == "westus");
}

TEST_CASE("a group that ends makes its pod fail, and costs nothing any more") {
  Rig rig{};
  rig.stub.put("pods", pod("a", "burst"));
  rig.wait_for("a", ready);
  rig.prober.is_failing = true;
  rig.stop();  // looked at again at once, not in twenty seconds
  rig.cloud.end_containers("burst-uid-of-a");
  rig.start();
  rig.wait_for("a", R"("phase":"Failed")");
  rig.time.drive([&] { return rig.groups() == 0; });
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

TEST_CASE("the API server reads what a pod's first container has written") {
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
  CHECK(rig.ask_kubelet("/exec/shop/a/web?command=sh").first == 501);
  CHECK(rig.ask_kubelet("/healthz") == Answer{200, "ok"});
}
