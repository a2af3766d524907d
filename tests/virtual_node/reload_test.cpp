// What a reload or a restart of ours hands on: an open node, and the sessions in its pods.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "controller/kubernetes/time_text.hpp"
#include "tests/virtual_node/kubelet_site.hpp"

namespace spillway::reload_test {

using namespace spillway::node_rig;

namespace {

constexpr std::string_view forward_fields{
    "Connection: Upgrade\r\nUpgrade: SPDY/3.1\r\n"
    "X-Stream-Protocol-Version: portforward.k8s.io\r\nContent-Length: 0\r\n"};

/// Asks for a port-forward to pod `a`, until the node knows the pod.
std::string ask_forward(KubeletSite& site, SpdyCaller& client) {
  while (true) {
    std::string answer{client.ask("/portForward/shop/a", forward_fields)};
    const bool is_unknown{answer.starts_with("HTTP/1.1 404") || answer.starts_with("HTTP/1.1 400")};
    if (!is_unknown) return answer;
    site.rig.wait(50ms);
  }
}

/// One that was let in.
struct Forwarding {
  explicit Forwarding(KubeletSite& site) : client{site.rig.time, site.server->port()} {
    REQUIRE(ask_forward(site, client).starts_with("HTTP/1.1 101"));
  }
  /// Waits for it; a session is not idle before hours have passed.
  bool ends() { return client.read().empty(); }

  SpdyCaller client;
};

}  // namespace

TEST_CASE("a restart does not close the node that a policy has open") {
  Rig rig{};
  rig.wanting = 1;
  rig.time.drive([&] { return rig.is_open(); });
  rig.stop();
  rig.wanting.reset();  // no decision yet
  rig.start();
  rig.wait(1500ms);
  CHECK(rig.is_open());
  rig.wanting = 0;
  rig.wait(500ms);
  CHECK(rig.is_open());  // calm for less than close_after
  rig.time.drive([&] { return !rig.is_open(); });
}

TEST_CASE("a reload does not close the node that a policy has open, nor is it opened anew") {
  Rig rig{};
  rig.stop();
  rig.close_after = 3s;
  rig.wanting = 1;
  rig.start();
  rig.time.drive([&] { return rig.is_open(); });
  rig.wanting = 0;
  rig.wait(1500ms);
  rig.reload();
  const TimePoint reloaded{rig.time.clock.now()};
  rig.wait(400ms);
  CHECK(rig.is_open());
  rig.time.drive([&] { return !rig.is_open(); });
  CHECK(rig.time.clock.now() - reloaded < 2500ms);  // close_after counts from before
}

TEST_CASE("a node that was closed before a restart is opened by the first decision that wants it") {
  Rig rig{};
  rig.time.drive([&] { return !rig.node_text().empty(); });
  rig.stop();
  rig.wanting = 2;
  rig.start();
  rig.time.drive([&] { return rig.is_open(); });
}

TEST_CASE("a node that somebody deleted while it was open is opened again") {
  Rig rig{};
  rig.stop();
  rig.beat = 100ms;
  rig.wanting = 1;
  rig.start();
  rig.time.drive([&] { return rig.is_open(); });
  rig.stub.erase("nodes", "burst");
  rig.stub.erase("leases.coordination.k8s.io", "kube-node-lease/burst");
  rig.time.drive([&] { return rig.is_open(); });
}

TEST_CASE("a reload does not lift the limit on sessions") {
  KubeletSite site{};
  Forwarding first{site};
  const Forwarding second{site};
  site.rig.reload();
  SpdyCaller third{site.rig.time, site.server->port()};
  CHECK(ask_forward(site, third).starts_with("HTTP/1.1 429"));
  first.client.stream->close();
  std::string answer{};
  while (!answer.starts_with("HTTP/1.1 101")) answer = ask_forward(site, third);
}

TEST_CASE("a port-forward ends with its pod, also one from before a reload") {
  KubeletSite site{};
  Forwarding begun{site};
  site.rig.reload();
  Forwarding other{site};
  site.rig.stub.erase("pods", "shop/a");
  CHECK(begun.ends());
  CHECK(other.ends());
}

TEST_CASE("a port-forward ends when its pod's group is gone, or is somewhere else") {
  KubeletSite site{};
  Forwarding begun{site};
  SUBCASE("gone") {
    site.rig.cloud.vanish("burst-uid-of-a");
  }
  SUBCASE("somewhere else") {
    site.rig.cloud.move("burst-uid-of-a");
  }
  CHECK(begun.ends());
}

TEST_CASE("a port-forward goes on while its pod says goodbye, and no longer") {
  KubeletSite site{};
  Forwarding begun{site};
  const TimePoint until{site.rig.time.clock.now() + 2s};
  auto leaving = *site.rig.stub.find("pods", "shop/a");
  leaving["metadata"].as_object()["deletionTimestamp"] = kubernetes::time_text(until);
  site.rig.stub.put("pods", std::move(leaving));
  CHECK(begun.ends());
  CHECK(site.rig.time.clock.now() >= until - 1s);  // the API's instants are whole seconds
}

}  // namespace spillway::reload_test
