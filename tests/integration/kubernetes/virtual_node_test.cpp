// The virtual node against a real control plane, with exactly the rights of the shipped manifests:
// the real scheduler binds, real controllers roll out and delete. The cloud is a double.
#include "controller/virtual_node/virtual_node.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <memory>
#include <string>

#include "tests/integration/kubernetes/plane.hpp"
#include "tests/support/fake_provider.hpp"

namespace spillway::virtual_node_test {

using namespace spillway::testing;
using namespace std::chrono_literals;

namespace {

class ReadyProber final : public io::Prober {
 public:
  boost::asio::awaitable<Result<void>> probe(io::ProbeTarget, io::Deadline) override {
    co_return Result<void>{};
  }
};

FakeCloud quick() {
  FakeCloud cloud{};
  cloud.owner = "node";
  cloud.pull_after = 100ms;
  cloud.start_time = 300ms;
  cloud.remove_time = 200ms;
  return cloud;
}

class Site {
 public:
  Site() {
    plane().apply("rbac-virtual-node.yaml");
    node_ = std::make_unique<virtual_node::VirtualNode>(
        virtual_node::Settings{.close_after = 2s, .interval = 200ms},
        plane().rig.server(plane().token),
        virtual_node::VirtualNode::Parts{.clock = plane().time.clock,
                                         .random = random_,
                                         .provider = cloud,
                                         .prober = prober_,
                                         .owner = "node",
                                         .places = {{.region = "eastus"}}});
    boost::asio::co_spawn(plane().time.context, node_->run(),
                          boost::asio::bind_cancellation_slot(
                              stop_.slot(), [this](std::exception_ptr) { has_ended_ = true; }));
  }
  ~Site() {
    stop_.emit(boost::asio::cancellation_type::terminal);
    plane().time.drive([this] { return has_ended_; });
    plane().rig.kubectl({"delete", "node", "spillway", "--ignore-not-found"});
  }

  /// Looks at the cluster by kubectl while the node goes on.
  bool shows(std::vector<std::string> arguments, std::string_view part) {
    for (int looks{0}; looks < 100; ++looks) {
      const TimePoint until{plane().time.clock.now() + 200ms};
      plane().time.drive([&] { return plane().time.clock.now() >= until; });
      last = plane().rig.kubectl(arguments);
      if (last.find(part) != std::string::npos) return true;
    }
    return false;
  }

  FakeProvider cloud{plane().time.clock, quick()};
  std::string last{};

 private:
  ReadyProber prober_{};
  io::SeededRandom random_{7};
  std::unique_ptr<virtual_node::VirtualNode> node_{};
  boost::asio::cancellation_signal stop_{};
  bool has_ended_{false};
};

constexpr std::string_view tolerating{R"(
      tolerations: [{key: virtual-kubelet.io/provider, operator: Exists}]
)"};

}  // namespace

TEST_CASE("pods go to the node only when machines are full, run there, and leave it again") {
  NEEDS_KUBERNETES();
  Site site{};
  const std::vector<std::string> cordoned{"get", "node", "spillway", "-o",
                                          "jsonpath={.spec.unschedulable}.{.status.capacity.pods}"};
  CHECK(site.shows({"get", "nodes"}, "spillway"));
  CHECK(site.shows(cordoned, "true.60"));
  Shop shop{"node", 4, tolerating};
  shop.wait_for_running(4);
  CHECK(site.cloud.names().empty());
  shop.rig().kubectl({"-n", "node", "scale", "deployment/web", "--replicas=6"});
  const std::vector<std::string> available{
      "-n", "node", "get", "deployment", "web", "-o", "jsonpath={.status.readyReplicas}."};
  CHECK(site.shows(available, "6."));
  CHECK(site.cloud.names().size() == 2);
  CHECK(site.shows({"-n", "node", "get", "pods", "-o", "wide"}, "spillway"));
  const std::vector<std::string> events{"-n",     "node", "get",
                                        "events", "-o",   "jsonpath={.items[*].reason}."};
  CHECK(site.shows(events, "GroupCreating"));
  CHECK(site.shows(events, "Started"));
  CHECK(site.shows({"describe", "node", "spillway"}, "SpillwayReady"));
  CHECK(site.last.find("0001") == std::string::npos);  // every condition says since when
  // The Service finds them like any other pod.
  const std::string address{site.cloud.find(site.cloud.names().front())->ip};
  CHECK(site.shows({"-n", "node", "get", "endpoints", "web", "-o", "yaml"}, address));
  CHECK(site.shows(cordoned, "true.60"));  // closed again: nobody waits any more
  const std::string secret{
      site.cloud.find(site.cloud.names().front())->request.replica.secure_env.at("KEY")};
  CHECK(secret == "hunter2");
  shop.rig().kubectl(
      {"-n", "node", "delete", "pods", "--field-selector=spec.nodeName=spillway", "--wait=false"});
  shop.rig().kubectl({"-n", "node", "scale", "deployment/web", "--replicas=4"});
  CHECK(site.shows(available, "4."));
  for (int looks{0}; looks < 50 && !site.cloud.names().empty(); ++looks) {
    CHECK(site.shows(available, "."));
  }
  CHECK(site.cloud.names().empty());
}

TEST_CASE("pods that are deleted by force, or evicted, leave no group behind") {
  NEEDS_KUBERNETES();
  Site site{};
  Shop shop{"leave", 5, tolerating};
  shop.wait_for_running(4);
  const std::vector<std::string> pod_of_node{"-n",
                                             "leave",
                                             "get",
                                             "pods",
                                             "--field-selector=spec.nodeName=spillway",
                                             "-o",
                                             "jsonpath={.items[*].metadata.name}"};
  const auto is_gone = [&site](const std::string& group) {
    for (int looks{0}; looks < 100; ++looks) {
      const auto* const found = site.cloud.find(group);
      if (found == nullptr || found->deleted_at) return true;
      static_cast<void>(site.shows({"get", "nodes"}, "spillway"));  // the node goes on meanwhile
    }
    return false;
  };
  const std::vector<std::string> available{
      "-n", "leave", "get", "deployment", "web", "-o", "jsonpath={.status.readyReplicas}."};
  REQUIRE(site.shows(available, "5."));
  const std::string forced{site.cloud.names().front()};
  const std::string first{shop.rig().kubectl(pod_of_node)};
  shop.rig().kubectl({"-n", "leave", "delete", "pod", first, "--grace-period=0", "--force"});
  CHECK(is_gone(forced));
  REQUIRE(site.shows(available, "5."));
  const std::string second{shop.rig().kubectl(pod_of_node)};
  CHECK(second != first);
  REQUIRE_FALSE(site.cloud.names().empty());
  const std::string evicted{site.cloud.names().back()};
  shop.rig().call("POST", "/api/v1/namespaces/leave/pods/" + second + "/eviction",
                  R"({"apiVersion":"policy/v1beta1","kind":"Eviction","metadata":{"name":")" +
                      second + R"(","namespace":"leave"}})");
  CHECK(is_gone(evicted));
}

TEST_CASE("a job on the node fails as its exit code says, is not done again, and frees its group") {
  NEEDS_KUBERNETES();
  Site site{};
  plane().rig.kubectl({"create", "namespace", "jobs"});
  plane().rig.kubectl({"-n", "jobs", "create", "rolebinding", "spillway",
                       "--clusterrole=spillway-workloads", "--serviceaccount=spillway:spillway"});
  plane().rig.apply(R"(
apiVersion: batch/v1
kind: Job
metadata: {name: sum, namespace: jobs}
spec:
  backoffLimit: 0
  template:
    spec:
      restartPolicy: Never
      nodeSelector: {type: virtual-kubelet}
      tolerations: [{key: virtual-kubelet.io/provider, operator: Exists}]
      containers: [{name: work, image: "example.com/sum:1", command: [/sum]}]
)");
  const std::vector<std::string> pod{
      "-n",
      "jobs",
      "get",
      "pods",
      "-o",
      "jsonpath={.items[*].status.phase} {.items[*].status.containerStatuses[*].state} "
      "{.items[*].status.conditions[?(@.type==\"Ready\")].status} {.items[*].metadata.name}"};
  const bool is_running{site.shows(pod, "Running ") && site.shows(pod, " True ")};
  CAPTURE(site.last);
  REQUIRE(is_running);
  REQUIRE(site.cloud.names().size() == 1);
  const std::string group{site.cloud.names().front()};
  CHECK(site.cloud.find(group)->request.replica.restart == RestartPolicy::never);
  CHECK_FALSE(site.cloud.find(group)->request.tags.cluster.empty());
  // As the node lifecycle controller does after 40 s of silence; put right though nothing happened.
  const std::string name{site.last.substr(site.last.rfind(' ') + 1)};
  plane().rig.call("PATCH", "/api/v1/namespaces/jobs/pods/" + name + "/status",
                   R"({"status":{"conditions":[{"type":"Ready","status":"False"}]}})",
                   std::string{kubernetes::strategic_patch});
  CHECK(site.shows(pod, " True "));
  site.cloud.end_containers(group, "no such file", 3);
  const bool has_failed{site.shows(pod, "Failed ") || site.shows(pod, "Failed ")};
  CAPTURE(site.last);
  CHECK(has_failed);
  CHECK(site.last.find(R"("exitCode":3)") != std::string::npos);
  CHECK(site.shows({"-n", "jobs", "get", "job", "sum", "-o", "jsonpath={.status.failed}."}, "1."));
  for (int looks{0}; looks < 20 && !site.cloud.names().empty(); ++looks) {
    CHECK(site.shows(pod, "Failed "));
  }
  CHECK(site.cloud.names().empty());
  CHECK(site.cloud.count_calls("create") == 1);
  // Told once, and not again and again.
  const std::vector<std::string> version{
      "-n", "jobs", "get", "pods", "-o", "jsonpath={.items[*].metadata.resourceVersion}."};
  CHECK(site.shows(version, "."));
  const std::string told{site.last};
  const TimePoint until{plane().time.clock.now() + 7s};
  while (plane().time.clock.now() < until) CHECK(site.shows(version, "."));
  CHECK(site.last == told);
  plane().rig.kubectl({"delete", "namespace", "jobs", "--wait=false"});
}

}  // namespace spillway::virtual_node_test
