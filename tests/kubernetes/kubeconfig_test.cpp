#include "controller/kubernetes/kubeconfig.hpp"

#include <doctest/doctest.h>

#include <string>

#include "controller/kubernetes/access.hpp"
#include "controller/kubernetes/yaml_json.hpp"
#include "tests/support/child_process.hpp"

#include "tests/support/printing_core.hpp"

namespace spillway::kubeconfig_test {

using namespace spillway::kubernetes;

namespace {

constexpr std::string_view two_clusters{R"(apiVersion: v1
kind: Config
current-context: home
clusters:
- name: office
  cluster:
    server: https://10.0.0.1:6443
    certificate-authority-data: YW55Pw==
- {name: lab, cluster: {server: "https://lab:6443", insecure-skip-tls-verify: true}}
users:
- name: anna
  user: {token: s3cret}
- name: robot
  user:
    client-certificate: pki/robot.crt
    client-key: /etc/pki/robot.key
    exec:
      apiVersion: client.authentication.k8s.io/v1
      command: ./bin/login
      args: [--server, "6443"]
      env: [{name: MODE, value: spn}]
      installHint: get it from the shelf
      provideClusterInfo: true
contexts:
- {name: home, context: {cluster: lab, user: anna, namespace: shop}}
- {name: work, context: {cluster: office, user: robot}}
- {name: lost, context: {cluster: nowhere, user: anna}}
)"};

std::string why_not(std::string_view text, std::string_view context = "") {
  const auto config = parse_kubeconfig(text, "/home/anna/.kube");
  if (!config) return config.error().context;
  const auto access = choose(*config, context);
  return access ? "" : access.error().context;
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("the current context says which server, user and namespace") {
  const auto config = parse_kubeconfig(two_clusters, "/home/anna/.kube");
  REQUIRE(config);
  const auto access = choose(*config, "");
  REQUIRE(access);
  CHECK(access->cluster.server == "https://lab:6443");
  CHECK(access->cluster.insecure_skip_verify);
  CHECK(access->user.token.reveal() == "s3cret");
  CHECK(access->name_space == "shop");
}

TEST_CASE("files are relative to the kubeconfig, data is decoded, a plugin is described") {
  const auto config = parse_kubeconfig(two_clusters, "/home/anna/.kube");
  REQUIRE(config);
  const auto access = choose(*config, "work");
  REQUIRE(access);
  CHECK(access->cluster.ca.data.reveal() == "any?");
  CHECK(access->user.certificate.file == "/home/anna/.kube/pki/robot.crt");
  CHECK(access->user.key.file == "/etc/pki/robot.key");
  REQUIRE(access->user.exec);
  CHECK(access->user.exec->command == "/home/anna/.kube/./bin/login");
  CHECK(access->user.exec->arguments == std::vector<std::string>{"--server", "6443"});
  CHECK(access->user.exec->environment.at("MODE") == "spn");
  CHECK(access->user.exec->provides_cluster_info);
}

TEST_CASE("what cannot be used is refused with what there is to choose from") {
  CHECK(has(why_not(two_clusters, "home2"), "there are: home, lost, work"));
  CHECK(
      has(why_not(two_clusters, "lost"), "names the cluster \"nowhere\"; there are: lab, office"));
  CHECK(has(why_not("clusters: []"), "no current-context"));
  CHECK(has(why_not("clusters: [{cluster: {server: x}}]"), "'clusters' should be"));
  CHECK(has(why_not("clusters: {a: b}"), "'clusters' should be a list"));
  CHECK(has(why_not("clusters:\n - name: a\n   cluster: {certificate-authority-data: '%%'}"),
            "'certificate-authority-data' should be base64"));
  CHECK(has(why_not("a: [1\nb: 2"), "line "));
  CHECK(has(why_not("- a\n- b"), "expected a map"));
  CHECK(has(why_not("a: &x 1\nb: *x"), "anchors are not supported"));
  CHECK(has(why_not("a: 1\na: 2"), "\"a\" is there twice"));
  CHECK(has(why_not("a: 1\n---\nb: 2"), "second document"));
  CHECK(has(why_not(R"({"current-context":"c","contexts":[{"name":"c","context":{"cluster":"k",
      "user":"u"}}],"clusters":[{"name":"k","cluster":{"server":"https://k"}}],
      "users":[{"name":"u","user":{"auth-provider":{"name":"azure"}}}]})"),
            "kubelogin convert-kubeconfig"));
}

TEST_CASE("a kubeconfig nested without end is refused, not followed") {
  const std::string deep(100'000, '[');
  CHECK_FALSE(parse_yaml("a: " + deep));
}

TEST_CASE("of two files the first to have a name wins") {
  auto first =
      parse_kubeconfig("current-context: a\nclusters: [{name: k, cluster: {server: one}}]", "");
  auto second = parse_kubeconfig(
      "current-context: b\nclusters: [{name: k, cluster: {server: two}}, {name: m, cluster: "
      "{server: three}}]",
      "");
  REQUIRE(first);
  REQUIRE(second);
  const Kubeconfig both{merge(*first, *second)};
  CHECK(both.current_context == "a");
  CHECK(both.clusters.at("k").server == "one");
  CHECK(both.clusters.at("m").server == "three");
}

TEST_CASE("where the way to the server is looked for, in order") {
  const testing::ScratchDirectory scratch{};
  const std::string file{scratch.write("config", two_clusters)};
  scratch.write("token", "t\n");
  scratch.write("namespace", "burst");
  std::map<std::string, std::string> set{};
  const Variables variables{[&set](std::string_view name) -> std::optional<std::string> {
    const auto found = set.find(std::string{name});
    if (found == set.end()) return std::nullopt;
    return found->second;
  }};
  const std::string account{scratch.path().string()};
  const auto server_of = [&](const ConnectionSettings& settings) {
    const auto access = find_access(settings, variables, account);
    return access ? access->cluster.server : access.error().context;
  };
  CHECK(has(server_of({}), "no way to the API server"));
  set["KUBERNETES_SERVICE_HOST"] = "10.0.0.1";
  set["KUBERNETES_SERVICE_PORT"] = "443";
  CHECK(server_of({}) == "https://10.0.0.1:443");
  const auto in_cluster = find_access({}, variables, account);
  CHECK(in_cluster->name_space == "burst");
  CHECK(in_cluster->user.token_file == account + "/token");
  CHECK(in_cluster->cluster.ca.file == account + "/ca.crt");
  set["KUBECONFIG"] = "/nowhere/config:" + file;
  CHECK(server_of({}) == "https://lab:6443");
  CHECK(server_of({.context = "work"}) == "https://10.0.0.1:6443");
  set["KUBECONFIG"] = "/nowhere/config";
  CHECK(has(server_of({}), "none of the files"));
  CHECK(server_of({.kubeconfig = file}) == "https://lab:6443");
  CHECK(server_of({.server = "https://here"}) == "https://here");
}

}  // namespace spillway::kubeconfig_test
