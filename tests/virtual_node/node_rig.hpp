// The whole virtual node between a stub API server, over real sockets, and the fake cloud.
#pragma once

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
#include "tests/virtual_node/fake_terminals.hpp"

namespace spillway::node_rig {

using namespace spillway::virtual_node;
using namespace spillway::testing;
using namespace std::chrono_literals;

/// Ready unless told otherwise.
class ListedProber final : public io::Prober {
 public:
  boost::asio::awaitable<Result<void>> probe(io::ProbeTarget target, io::Deadline) override {
    asked.push_back(std::move(target));
    if (is_failing) co_return Error{Errc::unavailable, "refused"};
    co_return Result<void>{};
  }
  bool is_failing{false};
  std::vector<io::ProbeTarget> asked{};
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

inline FakeCloud quick() {
  FakeCloud cloud{};
  cloud.owner = "node";
  cloud.pull_after = 20ms;
  cloud.start_time = 60ms;
  cloud.remove_time = 40ms;
  return cloud;
}

inline std::string pod(std::string_view name, std::string_view node, std::string_view more = "") {
  return fmt::format(
      R"({{"metadata":{{"namespace":"shop","name":"{0}","uid":"uid-of-{0}"{2}}},
      "spec":{{"nodeName":"{1}","tolerations":[{{"key":"virtual-kubelet.io/provider",
        "operator":"Exists"}}],"containers":[{{"name":"web","image":"web:1",
        "ports":[{{"containerPort":8080}}],"readinessProbe":{{"httpGet":{{"path":"/up","port":8080}},
          "periodSeconds":1,"failureThreshold":2}}}}]}},"status":{{"phase":"Pending"}}}})",
      name, node, more);
}

/// A pod of work that ends, without any port or probe.
inline std::string job(std::string_view name, std::string_view policy,
                       std::string_view status = "{}") {
  return fmt::format(
      R"({{"metadata":{{"namespace":"shop","name":"{0}","uid":"uid-of-{0}"}},
      "spec":{{"nodeName":"burst","restartPolicy":"{1}",
        "containers":[{{"name":"work","image":"work:1"}}]}},"status":{2}}})",
      name, policy, status);
}

inline constexpr std::string_view waiting{
    R"({"metadata":{"namespace":"shop","name":"w","uid":"u-w"},
  "spec":{"tolerations":[{"key":"virtual-kubelet.io/provider","operator":"Exists"}],
    "containers":[{"name":"web","image":"web:1"}]},
  "status":{"phase":"Pending","conditions":[{"type":"PodScheduled","status":"False",
    "reason":"Unschedulable"}]}})"};

/// What the API server hears at the kubelet port.
struct KubeletAnswer {
  int status{0};
  std::string body{};
  std::shared_ptr<io::LiveBody> live{};
};

inline boost::asio::awaitable<KubeletAnswer> answer_of(VirtualNode& node, io::HttpRequest request) {
  io::HttpReply reply{co_await node.answer_kubelet(std::move(request))};
  co_return KubeletAnswer{reply.response.status, reply.response.body, reply.events};
}

class Rig {
 public:
  explicit Rig(Duration reap = 300ms, Terminals* opened_by = nullptr)
      : terminals{opened_by}, reap_after{reap} {
    stub.put("namespaces", R"({"metadata":{"name":"kube-system","uid":"this-cluster"}})");
    start();
  }
  ~Rig() { stop(); }

  /// With `before`, as after a reload, else as after a restart.
  void start(KubeletSettings kubelet = {.sessions = 2}, const VirtualNode* before = nullptr) {
    kubernetes::Access access{};
    access.cluster.server = stub.url();
    auto server = kubernetes::make_api_server(time.context, time.clock, std::move(access));
    REQUIRE(server);
    node = std::make_unique<VirtualNode>(
        Settings{.name = "burst",
                 .close_after = close_after,
                 .interval = 200ms,
                 .kubelet = std::move(kubelet)},
        std::move(*server),
        VirtualNode::Parts{.clock = time.clock,
                           .random = random,
                           .provider = cloud,
                           .prober = prober,
                           .owner = "node",
                           .places = {{.region = "eastus"}, {.region = "westus"}},
                           .purse = &purse,
                           .reap_after = reap_after,
                           .beat = beat,
                           .terminals = terminals,
                           .wanting = [this] { return wanting; }});
    if (before != nullptr) node->go_on_from(*before);
    has_ended_ = false;
    boost::asio::co_spawn(time.context, node->run(),
                          boost::asio::bind_cancellation_slot(
                              stop_.slot(), [this](std::exception_ptr) { has_ended_ = true; }));
  }
  /// As a SIGTERM: nothing is told, nothing removed.
  void stop() {
    end();
    node.reset();
  }
  /// As a SIGHUP: another node goes on.
  void reload() {
    end();
    const std::unique_ptr<VirtualNode> before{std::move(node)};
    start({.sessions = 2}, before.get());
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
  bool is_open() { return node_text().find(R"("unschedulable":false)") != std::string::npos; }
  std::string node_text() {
    const auto* const found = stub.find("nodes", "burst");
    return found == nullptr ? std::string{} : boost::json::serialize(*found);
  }
  void wait(Duration time_to_wait) {
    const TimePoint until{time.clock.now() + time_to_wait};
    time.drive([&] { return time.clock.now() >= until; });
  }
  /// Changes one field of the pod's status as somebody else would.
  void set_condition(const std::string& name, std::string_view type, std::string_view status) {
    auto changed = *stub.find("pods", "shop/" + name);
    for (auto& each : changed["status"].as_object()["conditions"].as_array()) {
      if (each.at("type").as_string() == type) each.as_object()["status"] = status;
    }
    stub.put("pods", std::move(changed));
  }
  std::size_t groups() { return cloud.names().size(); }
  /// The API refuses to hear of pods' states, as while an admission webhook is down.
  void is_status_refused(bool is_refused) { stub.is_status_refused = is_refused; }
  KubeletAnswer answer(std::string target) {
    io::HttpRequest request{};
    request.url.target = std::move(target);
    return time.run(answer_of(*node, std::move(request)));
  }
  std::pair<int, std::string> ask_kubelet(std::string target) {
    const KubeletAnswer heard{answer(std::move(target))};
    return {heard.status, heard.body};
  }

  RealTime time{};
  StubApiServer stub{time.context};
  io::SeededRandom random{7};
  FakeProvider cloud{time.clock, quick()};
  ListedProber prober{};
  SmallPurse purse{};
  std::optional<int> wanting{0};
  Terminals* terminals;
  Duration reap_after;
  Duration beat{heartbeat};
  Duration close_after{1s};
  std::unique_ptr<VirtualNode> node{};

 private:
  void end() {
    stop_.emit(boost::asio::cancellation_type::terminal);
    time.drive([this] { return has_ended_; });
  }

  boost::asio::cancellation_signal stop_{};
  bool has_ended_{true};
};

inline constexpr std::string_view ready{R"("type":"Ready","status":"True")"};

}  // namespace spillway::node_rig
