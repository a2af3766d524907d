// The whole adapter over the stub server: watches, references, discovery, rights.
#include "controller/cluster/kubernetes/kubernetes_cluster.hpp"

#include <fmt/format.h>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>

#include <memory>
#include <string>

#include "tests/support/printing.hpp"
#include "tests/support/real_time.hpp"
#include "tests/support/stub_api_server.hpp"

using namespace spillway;
using namespace spillway::kubernetes;
using namespace spillway::testing;
using namespace std::chrono_literals;

namespace {

std::string deployment(std::string_view name, int replicas, std::string_view env = "") {
  return fmt::format(
      R"({{"metadata":{{"namespace":"shop","name":"{0}","generation":1,"labels":{{}}}},
      "spec":{{"replicas":{1},"selector":{{"matchLabels":{{"app":"{0}"}}}},"template":
        {{"metadata":{{"labels":{{"app":"{0}"}}}},"spec":{{"containers":[{{"name":"main",
          "image":"{0}:1","env":[{2}],"resources":{{"requests":{{"cpu":"1"}}}}}}]}}}}}},
      "status":{{"observedGeneration":1,"replicas":{1},"updatedReplicas":{1}}}}})",
      name, replicas, env);
}

std::string pod(std::string_view app, int number, std::string_view node) {
  const bool is_placed{!node.empty()};
  return fmt::format(
      R"({{"metadata":{{"namespace":"shop","name":"{0}-{1}","labels":{{"app":"{0}"}}}},
      "spec":{{"nodeName":"{2}","containers":[{{"resources":{{"requests":{{"cpu":"1"}}}}}}]}},
      "status":{{"phase":"{3}","conditions":[{4}]}}}})",
      app, number, node, is_placed ? "Running" : "Pending",
      is_placed ? R"({"type":"Ready","status":"True"})"
                : R"({"type":"PodScheduled","status":"False","reason":"Unschedulable"})");
}

constexpr std::string_view node{R"({"metadata":{"name":"n1"},"status":{"allocatable":
  {"cpu":"4","memory":"8Gi","pods":"110"},"conditions":[{"type":"Ready","status":"True"}]}})"};

constexpr std::string_view secret_env{R"({"name":"KEY","valueFrom":{"secretKeyRef":
  {"name":"keys","key":"k"}}})"};

struct Rig {
  explicit Rig(ClusterSettings settings = {}) : settings_{std::move(settings)} {
    stub.put("nodes", node);
  }

  KubernetesCluster& cluster() {
    if (!cluster_) {
      Access access{};
      access.cluster.server = stub.url();
      access.name_space = "shop";
      auto server = make_api_server(time.context, time.clock, std::move(access));
      REQUIRE(server);
      cluster_ =
          std::make_unique<KubernetesCluster>(settings_, std::move(*server), time.clock, random);
    }
    return *cluster_;
  }

  Result<Observation> observe(const std::string& service = "web") {
    const Result<void> refreshed = time.run(cluster().refresh(time.soon()));
    if (!refreshed) return refreshed.error();
    return time.run(cluster().observe(service, time.soon()));
  }

  RealTime time{};
  StubApiServer stub{time.context};
  io::SeededRandom random{7};

 private:
  ClusterSettings settings_;
  std::unique_ptr<KubernetesCluster> cluster_{};
};

class Watching {
 public:
  explicit Watching(Rig& rig) : rig_{rig} {
    boost::asio::co_spawn(rig.time.context, rig.cluster().watch(),
                          boost::asio::bind_cancellation_slot(
                              stop_.slot(), [this](std::exception_ptr) { has_ended_ = true; }));
  }
  ~Watching() {
    stop_.emit(boost::asio::cancellation_type::terminal);
    rig_.time.drive([this] { return has_ended_; });
  }

 private:
  Rig& rig_;
  boost::asio::cancellation_signal stop_{};
  bool has_ended_{false};
};

}  // namespace

TEST_CASE("without a watch one look lists everything once") {
  Rig rig{};
  rig.stub.put("deployments.apps", deployment("web", 3));
  for (int i{0}; i < 2; ++i) rig.stub.put("pods", pod("web", i, "n1"));
  rig.stub.put("pods", pod("web", 2, ""));
  const auto seen = rig.observe();
  REQUIRE(seen);
  CHECK(seen->pool.ready == 2_replicas);
  CHECK(seen->pool.pending == 1_replicas);
  CHECK(seen->pool.desired == 3_replicas);
  CHECK(seen->pool.nodes_up == 1);
  REQUIRE(seen->replica);
  CHECK(seen->replica->replica.image == "web:1");
  CHECK(rig.stub.requests_with("watch=1") == 0);
  CHECK(rig.stub.requests().size() == 8);  // two discoveries, six lists
}

TEST_CASE("the newest versions that the server has are asked for") {
  Rig rig{};
  rig.stub.versions["autoscaling"] = {"v1", "v2"};
  rig.stub.versions["policy"] = {"v1beta1", "v1"};
  rig.stub.put("deployments.apps", deployment("web", 1));
  CHECK(rig.observe());
  CHECK(rig.stub.requests_with("/apis/autoscaling/v2/horizontalpodautoscalers") == 1);
  CHECK(rig.stub.requests_with("/apis/policy/v1/poddisruptionbudgets") == 1);
}

TEST_CASE("a watched cluster is looked at without any request, and changes show at once") {
  Rig rig{};
  for (int i{0}; i < 50; ++i) {
    rig.stub.put("deployments.apps", deployment("w" + std::to_string(i), 1));
  }
  const Watching watching{rig};
  CHECK(rig.observe("w7"));
  rig.time.drive([&] { return rig.stub.watches() == 6; });
  const std::size_t before{rig.stub.requests().size()};
  for (int tick{0}; tick < 5; ++tick) {
    for (int i{0}; i < 50; ++i) CHECK(rig.observe("w" + std::to_string(i)));
  }
  CHECK(rig.stub.requests().size() == before);
  rig.stub.put("pods", pod("w7", 1, ""));
  rig.time.drive([&] { return rig.observe("w7")->pool.pending == 1_replicas; });
  CHECK(rig.stub.requests().size() == before);
}

TEST_CASE("an autoscaler's room is seen, so that the burst does not run ahead of it") {
  Rig rig{};
  rig.stub.put("deployments.apps", deployment("web", 1));
  rig.stub.put("pods", pod("web", 0, "n1"));
  CHECK(rig.observe()->pool.room == 0_replicas);
  rig.stub.put("horizontalpodautoscalers.autoscaling",
               R"({"metadata":{"namespace":"shop","name":"web"},"spec":{"maxReplicas":10,
               "scaleTargetRef":{"kind":"Deployment","name":"web"}}})");
  CHECK(rig.observe()->pool.room == 3_replicas);
}

TEST_CASE("room that is only remembered does not hold the burst back") {
  for (const std::string_view kind : {"nodes", "horizontalpodautoscalers.autoscaling"}) {
    CAPTURE(kind);
    Rig rig{{.stale_after = 100ms}};
    rig.stub.put("deployments.apps", deployment("web", 1));
    rig.stub.put("pods", pod("web", 0, "n1"));
    rig.stub.put("horizontalpodautoscalers.autoscaling",
                 R"({"metadata":{"namespace":"shop","name":"web"},"spec":{"maxReplicas":10,
                 "scaleTargetRef":{"kind":"Deployment","name":"web"}}})");
    CHECK(rig.observe()->pool.room == 3_replicas);
    rig.stub.forbidden.insert(std::string{kind});
    CHECK(rig.observe()->pool.room == 3_replicas);  // one failure is no silence
    const TimePoint until{rig.time.clock.now() + 150ms};
    rig.time.drive([&] { return rig.time.clock.now() >= until; });
    CHECK(rig.observe()->pool.room == 0_replicas);
    CHECK(rig.observe()->pool.ready == 1_replicas);
  }
}

TEST_CASE("secrets are read when a template names them, and once for all that share one") {
  Rig rig{};
  rig.stub.put("secrets", R"({"metadata":{"namespace":"shop","name":"keys"},
    "data":{"k":"aHVudGVyMg=="}})");
  rig.stub.put("deployments.apps", deployment("web", 1, secret_env));
  rig.stub.put("deployments.apps", deployment("api", 1, secret_env));
  CHECK(rig.observe("web")->replica->replica.secure_env.at("KEY") == "hunter2");
  CHECK(rig.observe("api")->replica->replica.secure_env.at("KEY") == "hunter2");
  CHECK(rig.observe("web")->replica);
  CHECK(rig.stub.requests_with("/secrets/keys") == 1);
  CHECK(rig.stub.requests_with("/secrets?") == 0);
}

TEST_CASE("a template with a missing secret gives a pool and no replica, unless told to cut") {
  for (const auto& [unsupported, has_replica] :
       {std::pair{Unsupported::refuse, false}, std::pair{Unsupported::leave_out, true}}) {
    Rig rig{{.unsupported = unsupported}};
    rig.stub.put("deployments.apps", deployment("web", 1, secret_env));
    const auto seen = rig.observe();
    REQUIRE(seen);
    CHECK(seen->replica.has_value() == has_replica);
    if (has_replica) CHECK(seen->replica->left_out.size() == 1);
  }
}

TEST_CASE("what cannot be read is an error, never an empty pool") {
  Rig rig{};
  CHECK(rig.observe().error().code == Errc::not_found);
  CHECK(rig.observe("a b").error().code == Errc::bad_request);
  rig.stub.put("deployments.apps", deployment("web", 1));
  rig.stub.forbidden.insert("pods");
  CHECK(rig.observe().error().code == Errc::denied);
  rig.stub.forbidden = {"deployments.apps"};
  CHECK(rig.observe().error().code == Errc::denied);
}

TEST_CASE("without rights on nodes, autoscalers and budgets the pool is known all the same") {
  Rig rig{};
  rig.stub.put("deployments.apps", deployment("web", 1));
  rig.stub.put("pods", pod("web", 0, "n1"));
  rig.stub.forbidden = {"nodes", "horizontalpodautoscalers.autoscaling",
                        "poddisruptionbudgets.policy"};
  const auto seen = rig.observe();
  REQUIRE(seen);
  CHECK(seen->pool.ready == 1_replicas);
  CHECK(seen->pool.nodes_up == 0);
}

TEST_CASE("a namespace of its own is all that is asked for, if the settings say so") {
  Rig rig{{.scope = Scope::name_space}};
  rig.stub.put("deployments.apps", deployment("web", 1));
  CHECK(rig.observe());
  CHECK(rig.stub.requests_with("/api/v1/namespaces/shop/pods") == 1);
  CHECK(rig.stub.requests_with("/api/v1/pods") == 0);
}

TEST_CASE("doctor names missing rights and what a replica would be without") {
  Rig rig{};
  rig.stub.put("deployments.apps", deployment("web", 1, secret_env));
  rig.stub.forbidden = {"nodes"};
  std::vector<std::string> services{"web", "nothing"};
  const auto findings = rig.time.run(rig.cluster().examine(services, rig.time.soon()));
  const auto find = [&](std::string_view part) {
    for (const Finding& each : findings) {
      if (each.message.find(part) != std::string::npos) return each.health;
    }
    return Health::ok;
  };
  CHECK(find("the API server answers") == Health::ok);
  CHECK(find("may not list nodes, watch nodes") == Health::warning);
  CHECK(find("Secret keys: there is none") == Health::failure);
  CHECK(find("no Deployment or StatefulSet nothing") == Health::failure);
}
