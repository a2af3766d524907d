// Against a real Kubernetes control plane, with exactly the rights of the shipped manifest: a full
// cluster, rollouts, drains, autoscalers, a killed API server, compaction, EndpointSlices. Skipped
// where the binaries are missing.
#include <fmt/format.h>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/json/serialize.hpp>
#include <chrono>
#include <cstdio>

#include <memory>
#include <string>
#include <vector>

#include "controller/cluster/kubernetes/kubernetes_cluster.hpp"
#include "controller/io/atomic_file.hpp"
#include "controller/kubernetes/json_fields.hpp"
#include "controller/kubernetes/rights.hpp"
#include "controller/traffic/endpoint_slice/endpoint_slice.hpp"
#include "tests/integration/kubernetes/plane.hpp"
#include "tests/support/printing.hpp"
#include "tests/support/skip.hpp"

namespace spillway::kubernetes_test {

using namespace spillway::kubernetes;
using namespace spillway::testing;
using namespace std::chrono_literals;

namespace {

std::unique_ptr<KubernetesCluster> cluster(const std::string& token,
                                           ClusterSettings settings = {}) {
  static io::SeededRandom random{7};
  return std::make_unique<KubernetesCluster>(std::move(settings), plane().rig.server(token),
                                             plane().time.clock, random);
}

Result<Observation> observe(KubernetesCluster& from, const std::string& service) {
  const Result<void> refreshed = plane().time.run(from.refresh(plane().time.soon()));
  if (!refreshed) return refreshed.error();
  return plane().time.run(from.observe(service, plane().time.soon()));
}

/// Looks until the observation is as wanted.
template <class Is>
bool sees(KubernetesCluster& from, const std::string& service, Is is) {
  return wait_until([&] {
    const auto seen = observe(from, service);
    return seen && is(*seen);
  });
}

class Watching {
 public:
  explicit Watching(KubernetesCluster& cluster) {
    boost::asio::co_spawn(plane().time.context, cluster.watch(),
                          boost::asio::bind_cancellation_slot(
                              stop_.slot(), [this](std::exception_ptr) { has_ended_ = true; }));
  }
  ~Watching() {
    stop_.emit(boost::asio::cancellation_type::terminal);
    plane().time.drive([this] { return has_ended_; });
  }

 private:
  boost::asio::cancellation_signal stop_{};
  bool has_ended_{false};
};

}  // namespace

TEST_CASE("pods that no node can take are pending, seen with exactly the manifest's rights") {
  NEEDS_KUBERNETES();
  Shop shop{"full", 3};
  const auto from = cluster(plane().token);
  shop.wait_for_running(3);
  CHECK(sees(*from, "full/web", [](const Observation& seen) {
    return seen.pool.ready == 3_replicas && seen.pool.pending == 0_replicas;
  }));
  shop.rig().kubectl({"-n", "full", "scale", "deployment/web", "--replicas=7"});
  shop.wait_for_running(4);
  CHECK(sees(*from, "full/web", [](const Observation& seen) {
    return seen.pool.ready == 4_replicas && seen.pool.pending == 3_replicas &&
           seen.pool.desired == 7_replicas && !seen.pool.is_rolling && seen.pool.nodes_up == 1;
  }));
  const auto seen = observe(*from, "full/web");
  REQUIRE(seen);
  REQUIRE(seen->replica);
  const ReplicaTemplate& replica{seen->replica->replica};
  CHECK(replica.image == "example.com/web:1");
  CHECK(replica.env == std::map<std::string, std::string>{{"MODE", "fast"}});
  CHECK(replica.secure_env == std::map<std::string, std::string>{{"KEY", "hunter2"}});
  CHECK(seen->replica->probe_path == "/healthz");
  CHECK(seen->replica->port == 8080);
  CHECK(seen->replica->left_out.empty());
  std::vector<std::string> services{"full/web"};
  for (const Finding& each : plane().time.run(from->examine(services, plane().time.soon()))) {
    CAPTURE(each.message);
    CHECK(each.health == Health::ok);
  }
}

TEST_CASE("nothing beyond the manifest's rights is granted") {
  NEEDS_KUBERNETES();
  Shop shop{"rights", 0};
  const auto server = plane().rig.server(plane().token);
  // The virtual node's manifest, which grants more, is applied by tests of later files.
  std::vector<Right> others{{"delete", "", "pods", "rights"},
                            {"create", "", "pods", "rights"},
                            {"list", "", "secrets", "rights"},
                            {"get", "", "secrets", "default"},
                            {"update", "apps", "deployments", "rights"},
                            {"patch", "apps", "deployments/scale", "rights"},
                            {"create", "", "pods/eviction", "rights"},
                            {"update", "discovery.k8s.io", "endpointslices", "default"}};
  const std::size_t count{others.size()};
  const auto missing =
      plane().time.run(missing_rights(*server, std::move(others), plane().time.soon()));
  REQUIRE(missing);
  CHECK(missing->size() == count);
}

TEST_CASE("a watch follows the cluster through the death of the API server") {
  NEEDS_KUBERNETES();
  Shop shop{"killed", 1};
  const auto from = cluster(plane().token, {.stale_after = 1s});
  const Watching watching{*from};
  shop.wait_for_running(1);
  CHECK(sees(*from, "killed/web",
             [](const Observation& seen) { return seen.pool.ready == 1_replicas; }));
  plane().rig.kill_api_server();
  CHECK(wait_until([&] { return !observe(*from, "killed/web"); }));
  plane().rig.start_api_server();
  shop.rig().kubectl({"-n", "killed", "scale", "deployment/web", "--replicas=2"});
  CHECK(sees(*from, "killed/web",
             [](const Observation& seen) { return seen.pool.desired == 2_replicas; }));
}

TEST_CASE("a compacted history is answered with 410, and listed again") {
  NEEDS_KUBERNETES();
  Shop shop{"old", 0};
  const auto server = plane().rig.server(plane().token);
  TypedStore<PodOwner> store{parse_deployment};
  WatchState state{"/apis/apps/v1/deployments", {}, store};
  const auto list = [&] {
    ApiRequest request{.target = state.target()};
    const auto page = plane().time.run(server->send(std::move(request), plane().time.soon()));
    REQUIRE(page);
    REQUIRE(state.take_page(page->body));
  };
  list();
  for (int replicas{1}; replicas < 4; ++replicas) {
    shop.rig().kubectl(
        {"-n", "old", "scale", "deployment/web", "--replicas=" + std::to_string(replicas)});
  }
  plane().rig.compact();
  std::string lines{};
  ApiRequest request{.target = state.target()};
  io::BodySink sink{[&](std::string_view piece) {
    lines += piece;
    return lines.find('\n') == std::string::npos;
  }};
  const auto answer = plane().time.run(
      server->stream(std::move(request), std::move(sink), 5s, plane().time.soon()));
  REQUIRE(answer);
  if (answer->status == 200) {
    CHECK(state.take_event(lines.substr(0, lines.find('\n'))));
  } else {
    CHECK(answer->status == 410);
    state.take_refusal(answer->status);
  }
  CHECK(state.next() == WatchState::Step::list);
  list();
  CHECK(store.find("old/web")->replicas == 3);
}

TEST_CASE("a rollout is seen while it lasts, and over when it is") {
  NEEDS_KUBERNETES();
  Shop shop{"roll", 2};
  const auto from = cluster(plane().token);
  shop.wait_for_running(2);
  CHECK(sees(*from, "roll/web", [](const Observation& seen) { return !seen.pool.is_rolling; }));
  shop.rig().kubectl({"-n", "roll", "set", "image", "deployment/web", "web=example.com/web:2"});
  CHECK(sees(*from, "roll/web", [](const Observation& seen) { return seen.pool.is_rolling; }));
  CHECK(wait_until([&] {
    shop.rig().run_pods("roll");
    const auto seen = observe(*from, "roll/web");
    return seen && !seen->pool.is_rolling && seen->replica &&
           seen->replica->replica.image == "example.com/web:2";
  }));
}

TEST_CASE("a drain's pods are left out as far as the real disruption budget lets them go") {
  NEEDS_KUBERNETES();
  Shop shop{"drain", 3};
  shop.rig().apply(R"(
apiVersion: policy/v1beta1
kind: PodDisruptionBudget
metadata: {name: web, namespace: drain}
spec: {minAvailable: 2, selector: {matchLabels: {app: web}}}
)");
  const auto from = cluster(plane().token, {.cordoned = Cordoned::leave_out});
  shop.wait_for_running(3);
  CHECK(sees(*from, "drain/web",
             [](const Observation& seen) { return seen.pool.ready == 3_replicas; }));
  shop.rig().kubectl({"cordon", "n1"});
  CHECK(sees(*from, "drain/web",
             [](const Observation& seen) { return seen.pool.ready == 2_replicas; }));
  shop.rig().kubectl({"uncordon", "n1"});
}

TEST_CASE("an autoscaler that has no metrics is not waited for") {
  NEEDS_KUBERNETES();
  Shop shop{"hpa", 1};
  const auto from = cluster(plane().token);
  shop.wait_for_running(1);
  shop.rig().kubectl({"-n", "hpa", "autoscale", "deployment/web", "--max=9", "--cpu-percent=50"});
  // Young: nothing is known against it, and two more fit on the node beside the one.
  CHECK(sees(*from, "hpa/web", [](const Observation& seen) {
    return seen.pool.room == 3_replicas || seen.pool.room == 0_replicas;
  }));
  // This control plane has no metrics server: ScalingActive becomes False.
  CHECK(sees(*from, "hpa/web", [&](const Observation& seen) {
    const auto all = plane().rig.call("GET",
                                      "/apis/autoscaling/v2beta2/namespaces/hpa/"
                                      "horizontalpodautoscalers/web");
    const bool is_told{boost::json::serialize(all).find("FailedGetResourceMetric") !=
                       std::string::npos};
    return is_told && seen.pool.room == 0_replicas;
  }));
}

TEST_CASE("burst replicas join a real Service in a slice of ours, and leave it") {
  NEEDS_KUBERNETES();
  Shop shop{"slices", 1};
  endpoint_slice::Settings settings{};
  settings.service = "slices/{{workload}}";
  settings.share_listing = Duration::zero();
  endpoint_slice::EndpointSliceTraffic traffic{
      "service", settings, plane().rig.server(plane().token), plane().time.clock};
  const auto run = [&](auto call) { return plane().time.run(std::move(call)); };
  const auto soon = [] { return plane().time.soon(); };
  const Backend backend{
      .group = {"web-1"}, .workload = "web", .ip = "10.200.0.7", .port = 8080, .weight = 230};
  // Bound in one namespace, our rights end there.
  endpoint_slice::Settings elsewhere{settings};
  elsewhere.service = "default/{{workload}}";
  endpoint_slice::EndpointSliceTraffic beyond{
      "service", elsewhere, plane().rig.server(plane().token), plane().time.clock};
  const auto refused = run(beyond.list("web", soon()));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::denied);
  for (int times{0}; times < 2; ++times) CHECK(run(traffic.admit(backend, soon())));
  auto listed = run(traffic.list("web", soon()));
  REQUIRE(listed);
  REQUIRE(listed->size() == 1);
  CHECK(listed->front().backend == backend);
  CHECK(listed->front().state == BackendState::admitted);
  const std::string slices{shop.rig().kubectl(
      {"-n", "slices", "get", "endpointslices", "-l", "kubernetes.io/service-name=web", "-o",
       "jsonpath={range .items[*]}{.metadata.labels.endpointslice\\.kubernetes\\.io/managed-by} "
       "{.endpoints[*].addresses[0]}{\"\\n\"}{end}"})};
  CHECK(slices.find("spillway 10.200.0.7") != std::string::npos);
  CHECK(slices.find("endpointslice-controller.k8s.io") != std::string::npos);
  CHECK(run(traffic.drain(backend, soon())));
  CHECK(run(traffic.list("web", soon()))->front().state == BackendState::draining);
  CHECK(run(traffic.evict(backend, soon())));
  CHECK(run(traffic.evict(backend, soon())));
  CHECK(run(traffic.list("web", soon()))->empty());
  // The slice goes with its Service.
  CHECK(run(traffic.admit(backend, soon())));
  shop.rig().kubectl({"-n", "slices", "delete", "service", "web"});
  CHECK(wait_until([&] { return run(traffic.list("web", soon()))->empty(); }));
}

TEST_CASE("credentials: a client certificate, a kubeconfig with a plugin, and a wrong token") {
  NEEDS_KUBERNETES();
  KubernetesRig& rig{plane().rig};
  const auto get = [&](ApiServer& server) {
    ApiRequest request{.target = "/api/v1/nodes/n1"};
    return plane().time.run(server.call(std::move(request), plane().time.soon()));
  };
  const auto by_certificate = rig.server_by_certificate();
  const auto refused = get(*by_certificate);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().context.find("User \"spillway test\" cannot get") != std::string::npos);
  CHECK(get(*rig.server("nonsense")).error().code == Errc::denied);
  const std::string config{rig.scratch().write("plugin.yaml", fmt::format(R"(current-context: x
clusters: [{{name: c, cluster: {{server: "{}", certificate-authority: ca.pem}}}}]
contexts: [{{name: x, context: {{cluster: c, user: u}}}}]
users:
- name: u
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1beta1
      command: sh
      args: [-c, 'echo "{{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io/v1beta1\",\"status\":{{\"token\":\"admin-token\"}}}}"']
)",
                                                                          rig.url()))};
  auto server = make_api_server(plane().time.context, plane().time.clock,
                                ConnectionSettings{.kubeconfig = config});
  REQUIRE(server);
  CHECK(get(**server));
}

TEST_CASE("500 workloads cost no request a tick") {
  NEEDS_KUBERNETES();
  Shop shop{"many", 0};
  for (int i{0}; i < 500; ++i) {
    plane().rig.call("POST", "/apis/apps/v1/namespaces/many/deployments",
                     fmt::format(R"({{"metadata":{{"name":"w{0}"}},"spec":{{"replicas":0,"selector":
          {{"matchLabels":{{"app":"w{0}"}}}},"template":{{"metadata":{{"labels":{{"app":"w{0}"}}}},
          "spec":{{"containers":[{{"name":"m","image":"i","env":[{{"name":"MODE","valueFrom":
            {{"configMapKeyRef":{{"name":"settings","key":"MODE"}}}}}}]}}]}}}}}}}})",
                                 i));
  }
  const auto from = cluster(plane().token);
  const Watching watching{*from};
  const auto tick = [&] {
    for (int i{0}; i < 500; ++i) {
      const auto seen =
          plane().time.run(from->observe("many/w" + std::to_string(i), plane().time.soon()));
      CHECK(seen);
    }
  };
  REQUIRE(plane().time.run(from->refresh(plane().time.soon())));
  tick();
  const std::uint64_t before{from->requests()};
  const TimePoint began{plane().time.clock.now()};
  for (int i{0}; i < 5; ++i) tick();
  const Duration took{plane().time.clock.now() - began};
  // Only the watches are opened anew, once a minute each.
  CHECK(from->requests() - before <= 6);
  std::printf("500 workloads: %llu requests to begin with, %llu in five ticks, %lld ms a tick\n",
              static_cast<unsigned long long>(before),
              static_cast<unsigned long long>(from->requests() - before),
              static_cast<long long>(took.count() / 5));
}

}  // namespace spillway::kubernetes_test
