#include "controller/virtual_node/kubelet_request.hpp"

#include <doctest/doctest.h>

#include <string>

namespace spillway::kubelet_request_test {

using namespace spillway::virtual_node;

namespace {

KubeletRefusal refusal(std::string_view target, std::string_view method = "GET") {
  const KubeletRequest asked{parse_kubelet_request(method, target)};
  REQUIRE(std::holds_alternative<KubeletRefusal>(asked));
  return std::get<KubeletRefusal>(asked);
}

}  // namespace

TEST_CASE("the words of kubectl logs, as the API server passes them on") {
  const KubeletRequest all{parse_kubelet_request("GET", "/containerLogs/shop/web-1/web")};
  CHECK(std::get<LogRequest>(all) == LogRequest{.pod = "shop/web-1", .container = "web"});
  const KubeletRequest some{parse_kubelet_request(
      "GET", "/containerLogs/shop/web-1/web?follow=false&tailLines=20&limitBytes=99999999999")};
  CHECK(std::get<LogRequest>(some).tail_lines == 20);
  CHECK(std::get<LogRequest>(some).bytes_max == 2147483647U);
  const auto live = std::get<LogRequest>(parse_kubelet_request(
      "GET", "/containerLogs/a/b/c?follow=true&timestamps=true&sinceSeconds=5"));
  CHECK(live.follows);
  CHECK(live.with_times);
  CHECK(live.since == std::chrono::seconds{5});
  const auto since = std::get<LogRequest>(
      parse_kubelet_request("GET", "/containerLogs/a/b/c?sinceTime=2026-11-23T12%3A00%3A00Z"));
  CHECK(since.since_time);
  CHECK(std::holds_alternative<HealthRequest>(parse_kubelet_request("GET", "/healthz")));
}

TEST_CASE("what scrapers of metrics ask is understood") {
  for (const std::string target :
       {"/stats/summary", "/stats/summary/", "/stats/summary?only_cpu_and_memory=true"}) {
    CHECK(std::holds_alternative<SummaryRequest>(parse_kubelet_request("GET", target)));
  }
  CHECK(std::holds_alternative<ResourceMetricsRequest>(
      parse_kubelet_request("GET", "/metrics/resource")));
  CHECK(refusal("/stats/summary", "POST").status == 405);
  CHECK(refusal("/stats").status == 404);
}

TEST_CASE("what cannot be done is refused in words, with a status that kubectl shows") {
  CHECK(refusal("/containerLogs/a/b/c?previous=true").status == 400);
  CHECK(refusal("/run/a/b/c?cmd=ls", "POST").status == 501);
}

TEST_CASE("the words of kubectl exec and attach, as the API server passes them on") {
  const auto asked = std::get<RemoteRequest>(parse_kubelet_request(
      "POST", "/exec/shop/web-1/web?command=ls&command=-l+%2Ftmp&error=1&output=1"));
  CHECK(asked == RemoteRequest{.pod = "shop/web-1",
                               .container = "web",
                               .command = {"ls", "-l /tmp"},
                               .streams = {.has_output = true, .has_error = true}});
  const auto terminal = std::get<RemoteRequest>(parse_kubelet_request(
      "GET", "/exec/shop/web-1/some-uid/web?command=sh&input=1&output=1&error=1&tty=1"));
  CHECK(terminal.container == "web");
  CHECK(terminal.streams ==
        RemoteStreams{.has_input = true, .has_output = true, .has_terminal = true});
  const auto attach = std::get<RemoteRequest>(
      parse_kubelet_request("POST", "/attach/shop/web-1/web?output=1&stdin=false"));
  CHECK(attach.command.empty());
  CHECK(refusal("/exec/a/b/c?command=ls", "POST").status == 400);
  CHECK(refusal("/exec/a/b/c?output=1", "POST").status == 400);
  CHECK(refusal("/exec/a/b?command=ls&output=1", "POST").status == 404);
  CHECK(refusal("/exec/a//c?command=ls&output=1", "POST").status == 404);
  CHECK(refusal("/exec/a/b/c?command=ls&output=1", "PUT").status == 405);
  CHECK(refusal("/attach/a/b/c?input=1&output=1", "POST").words.find("take no input") !=
        std::string::npos);
}

TEST_CASE("port-forward names a pod, and perhaps its uid") {
  for (const std::string target : {"/portForward/shop/web-1", "/portForward/shop/web-1/uid"}) {
    CHECK(std::get<ForwardRequest>(parse_kubelet_request("POST", target)).pod == "shop/web-1");
  }
  CHECK(refusal("/portForward/shop", "POST").status == 404);
  CHECK(refusal("/portForward/shop/web-1", "PUT").status == 405);
}

TEST_CASE("what is no request of an API server is refused") {
  for (const std::string target :
       {"", "x", "/", "/pods", "/containerLogs/", "/containerLogs/a/b", "/containerLogs/a//c",
        "/containerLogs/a/b/c/d", "/containerLogs/a/b/c?tailLines=-1",
        "/containerLogs/a/b/c?tailLines=x",
        "/containerLogs/a/b/c?limitBytes=", "/containerLogs/a/b/c?sinceTime=now", "/%zz"}) {
    CAPTURE(target);
    CHECK(refusal(target).status >= 400);
  }
  CHECK(refusal("/containerLogs/a/b/c", "DELETE").status == 405);
}

}  // namespace spillway::kubelet_request_test
