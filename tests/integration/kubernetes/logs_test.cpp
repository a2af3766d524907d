// `kubectl logs` all the way: kubectl, a real API server, the kubelet port of a real `spillway run`
// over TLS, the emulator, and what a real process has written. And who gets nothing.
#include <memory>
#include <string>

#include "tests/integration/kubernetes/node_site.hpp"

namespace spillway::logs_test {

using namespace spillway::node_site;

TEST_CASE(
    "kubectl logs shows what a pod on the virtual node has written, and nobody else sees it") {
  NEEDS_KUBERNETES();
  constexpr std::chrono::milliseconds patience{90'000};
  Shop shop{"logs", 5, tolerating, "[]"};
  shop.wait_for_running(4);
  Site site{};
  site.start("\"spillway test\"");
  const std::string pod{Site::running_pod("logs")};
  const std::string log{site.log()};
  CAPTURE(log);
  REQUIRE_FALSE(pod.empty());
  const std::vector<std::string> logs{"-n", "logs", "logs", pod};
  const auto with{[&](std::string option) {
    std::vector<std::string> all{logs};
    all.push_back(std::move(option));
    return Site::kubectl(std::move(all));
  }};
  std::string shown{};
  const bool has_logs{wait_until(
      [&] {
        shown = Site::kubectl(logs);
        return shown.starts_with("http://127.") && shown.ends_with(":8080\n");
      },
      patience)};
  CAPTURE(shown);
  REQUIRE(has_logs);
  CHECK(with("--tail=1") == shown);
  CHECK(with("--limit-bytes=4") == "http");
  {
    ChildProcess follower{{"kubectl", "--kubeconfig=" + plane().rig.kubeconfig(), "-n", "logs",
                           "logs", "-f", "--timestamps", "--tail=1", pod}};
    const bool is_followed{wait_until(
        [&] {
          const std::string text{follower.standard_output()};
          return text.ends_with(shown) && text.size() > shown.size();
        },
        patience)};
    CAPTURE(follower.standard_output());
    CAPTURE(follower.standard_error());
    CHECK(is_followed);
    CHECK(follower.is_running());
  }
  CHECK(with("--since=1h") == shown);
  CHECK(with("--since-time=2999-01-01T00:00:00Z").empty());
  // What the node says of its pods' usage, by way of the API server: nothing.
  const std::string summary{
      Site::kubectl({"get", "--raw", "/api/v1/nodes/spillway/proxy/stats/summary"})};
  CAPTURE(summary);
  CHECK(summary.find(R"("nodeName":"spillway")") != std::string::npos);
  CHECK(summary.find(R"("pods":[])") != std::string::npos);
  // The authority signs for many: another name than the API server's gets nothing.
  site.start("somebody-else");
  const bool is_shut{wait_until(
      [&] { return Site::kubectl(logs).find("127.0.0.1") != std::string::npos; }, patience)};
  const std::string shut{Site::kubectl(logs)};
  CAPTURE(shut);
  CHECK(is_shut);
  CHECK(shut.find("http://127.") == std::string::npos);
  CHECK(Site::shell("$KUBECTL -n logs exec " + pod + " -- echo seen").find("seen") ==
        std::string::npos);

  // Beyond the cap nothing is created; what runs goes on.
  site.start("\"spillway test\"", "budget: {per_hour: 0.001 USD}");
  shop.rig().kubectl({"-n", "logs", "scale", "deployment/web", "--replicas=6"});
  std::string pods{};
  const bool says_why{wait_until(
      [&] {
        pods = Site::kubectl({"-n", "logs", "get", "pods", "-o",
                              "jsonpath={range .items[*]}{.status.phase} {.status.reason} "
                              "{.status.message}{\"\\n\"}{end}"});
        return pods.find("OverBudget") != std::string::npos;
      },
      patience)};
  CAPTURE(pods);
  CHECK(says_why);
  CHECK(pods.find("virtual_node.budget.per_hour is 0.001 USD") != std::string::npos);
  CHECK(Site::kubectl(logs) == shown);
}

}  // namespace spillway::logs_test
