#include "controller/kubernetes/pod_template.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <variant>

#include "controller/kubernetes/json_fields.hpp"
#include "controller/kubernetes/pod_environment.hpp"

#include "tests/support/printing_core.hpp"

namespace spillway::pod_template_test {

using namespace spillway::kubernetes;
using namespace std::chrono_literals;

namespace {

ReferencedData usual_data() {
  ReferencedData data{};
  data[{Reference::Kind::config_map, "settings"}] = {.data = {{"MODE", "fast"}, {"a.conf", "x=1"}}};
  data[{Reference::Kind::secret, "keys"}] = {.data = {{"API_KEY", "hunter2"}}};
  data[{Reference::Kind::secret, "share"}] = {
      .data = {{"azurestorageaccountname", "acct"}, {"azurestorageaccountkey", "k3y"}}};
  data[{Reference::Kind::secret, "gone"}] = {.why_not = "there is none"};
  data[{Reference::Kind::secret, "pull"}] = {
      .data = {{".dockerconfigjson",
                R"({"auths":{"https://my.azurecr.io/v2/":{"auth":"YW5uYTpwdw=="}}})"}},
      .type = "kubernetes.io/dockerconfigjson"};
  return data;
}

DerivedTemplate derive(std::string_view text, std::vector<std::string> claims = {}) {
  const auto document = parse_object(text);
  REQUIRE(document);
  const ReferencedData data{usual_data()};
  const TemplateSource source{.pod_template = &*document,
                              .name_space = "shop",
                              .claims = std::move(claims),
                              .referenced = &data};
  const auto derived = derive_replica(source);
  REQUIRE(derived);
  return *derived;
}

DerivedTemplate with_container(std::string_view fields, std::string_view pod = "") {
  return derive(R"({"metadata":{"labels":{"app":"web"}},"spec":{"containers":[{"name":"main",
    "image":"my.azurecr.io/web:1")" +
                std::string{fields} + "}]" + std::string{pod} + "}}");
}

bool mentions(const std::vector<std::string>& sentences, std::string_view part) {
  return std::any_of(sentences.begin(), sentences.end(),
                     [&](const std::string& each) { return each.find(part) != std::string::npos; });
}

}  // namespace

TEST_CASE("image, command, ports, sizes and the path of our probe") {
  const DerivedTemplate made{with_container(R"(,"command":["/web"],"args":["--port","8080"],
    "ports":[{"containerPort":9100,"name":"metrics"},{"containerPort":8080,"name":"http"}],
    "resources":{"requests":{"cpu":"500m","memory":"512Mi"},"limits":{"cpu":"2"}},
    "readinessProbe":{"httpGet":{"path":"/ready","port":"http"},"periodSeconds":5})")};
  const ReplicaTemplate& replica{made.derived.replica};
  CHECK(replica.image == "my.azurecr.io/web:1");
  CHECK(replica.command == std::vector<std::string>{"/web", "--port", "8080"});
  CHECK(made.derived.port == 8080);
  CHECK(replica.more_ports == std::vector<int>{9100});
  CHECK(*made.derived.vcpu == doctest::Approx(0.5));
  CHECK(*made.derived.memory_gb == doctest::Approx(0.536870912));
  CHECK(made.derived.probe_path == "/ready");
  REQUIRE(replica.readiness);
  CHECK(replica.readiness->port == 8080);
  CHECK(replica.readiness->period == 5s);
  CHECK(made.derived.left_out.empty());
}

TEST_CASE("a readiness probe at another port than the traffic's is not asked at the traffic's") {
  const auto ports = [](std::string_view ports_text, std::string_view probe) {
    return with_container(R"(,"ports":[)" + std::string{ports_text} + R"(],"readinessProbe":)" +
                          std::string{probe});
  };
  constexpr std::string_view both{
      R"({"containerPort":8080},{"containerPort":8081,"name":"admin"})"};
  const auto named = ports(both, R"({"httpGet":{"path":"/healthz","port":"admin"}})");
  CHECK(named.derived.port == 8080);
  CHECK(named.derived.probe_port == 8081);
  CHECK(named.derived.probe_path == "/healthz");
  CHECK(ports(both, R"({"httpGet":{"path":"/r","port":8080}})").derived.probe_port == 0);
  const auto connected = ports(both, R"({"tcpSocket":{"port":8081}})");
  CHECK(connected.derived.probe_port == 8081);
  CHECK(connected.derived.probe_path.empty());
  const auto hidden = ports(R"({"containerPort":8080})", R"({"httpGet":{"path":"/","port":8081}})");
  CHECK(hidden.derived.probe_port == 8081);
  CHECK(mentions(hidden.remarks.left_out, "our own probe connects to 8080"));
  CHECK(ports(both, R"({"httpGet":{"path":"/","port":99999}})").derived.probe_port == 0);
}

TEST_CASE("a readiness probe by HTTPS is ours by HTTPS, not a connection") {
  const auto probed = [](std::string_view scheme) {
    return with_container(R"(,"ports":[{"containerPort":8443}],"readinessProbe":
      {"httpGet":{"path":"/ready","port":8443,"scheme":")" +
                          std::string{scheme} + R"("}})");
  };
  CHECK(probed("HTTPS").derived.probe_path == "/ready");
  CHECK(probed("HTTPS").derived.is_probe_https);
  CHECK_FALSE(probed("HTTP").derived.is_probe_https);
}

TEST_CASE("work that ends is not started again for ever") {
  CHECK(with_container("").derived.replica.restart == RestartPolicy::always);
  CHECK(with_container("", R"(,"restartPolicy":"Always")").derived.replica.restart ==
        RestartPolicy::always);
  CHECK(with_container("", R"(,"restartPolicy":"OnFailure")").derived.replica.restart ==
        RestartPolicy::on_failure);
  CHECK(with_container("", R"(,"restartPolicy":"Never")").derived.replica.restart ==
        RestartPolicy::never);
}

TEST_CASE("environment from ConfigMaps and Secrets: what is secret stays secret") {
  const DerivedTemplate made{with_container(R"x(,"envFrom":[{"prefix":"CM_","configMapRef":
      {"name":"settings"}},{"secretRef":{"name":"keys"}}],
    "env":[{"name":"HOST","value":"db"},{"name":"URL","value":"http://$(HOST):80/$$(x)/$(NONE)"},
      {"name":"DSN","value":"user:$(API_KEY)@$(HOST)"},
      {"name":"MODE","valueFrom":{"configMapKeyRef":{"name":"settings","key":"MODE"}}},
      {"name":"MAYBE","valueFrom":{"secretKeyRef":{"name":"gone","key":"x","optional":true}}},
      {"name":"APP","valueFrom":{"fieldRef":{"fieldPath":"metadata.labels['app']"}}},
      {"name":"SPACE","valueFrom":{"fieldRef":{"fieldPath":"metadata.namespace"}}},
      {"name":"CORES","valueFrom":{"resourceFieldRef":{"resource":"limits.cpu"}}},
      {"name":"POD_IP","valueFrom":{"fieldRef":{"fieldPath":"status.podIP"}}}],
    "resources":{"limits":{"cpu":"1500m"}})x")};
  const ReplicaTemplate& replica{made.derived.replica};
  CHECK(replica.env == std::map<std::string, std::string>{{"APP", "web"},
                                                          {"CM_MODE", "fast"},
                                                          {"CORES", "2"},
                                                          {"HOST", "db"},
                                                          {"MODE", "fast"},
                                                          {"SPACE", "shop"},
                                                          {"URL", "http://db:80/$(x)/$(NONE)"}});
  CHECK(replica.secure_env ==
        std::map<std::string, std::string>{{"API_KEY", "hunter2"}, {"DSN", "user:hunter2@db"}});
  CHECK(made.remarks.blocking.empty());
  CHECK(mentions(made.remarks.left_out, "POD_IP: status.podIP is only known on a node"));
  CHECK(mentions(made.remarks.left_out, "CM_a.conf"));
}

TEST_CASE("what a replica cannot do without blocks, once, with its reason") {
  struct Row {
    std::string_view container;
    std::string_view pod;
    std::string_view reason;
  };
  for (const Row& row :
       {Row{R"(,"args":["--fast"])", "", "args without command"},
        Row{R"(,"envFrom":[{"secretRef":{"name":"gone"}}])", "", "Secret gone: there is none"},
        Row{R"(,"env":[{"name":"K","valueFrom":{"secretKeyRef":{"name":"keys","key":"no"}}}])", "",
            "Secret keys has no key no"},
        Row{R"(,"volumeMounts":[{"name":"data","mountPath":"/d"}])",
            R"(,"volumes":[{"name":"data","persistentVolumeClaim":{"claimName":"c"}}])",
            "persistentVolumeClaim is not to be had"},
        Row{R"(,"volumeMounts":[{"name":"host","mountPath":"/d"}])",
            R"(,"volumes":[{"name":"host","hostPath":{"path":"/"}}])", "hostPath is not to be had"},
        Row{R"(,"volumeMounts":[{"name":"conf","mountPath":"/etc/a.conf","subPath":"a.conf"}])",
            R"(,"volumes":[{"name":"conf","configMap":{"name":"settings"}}])", "no subPath"},
        Row{R"(,"securityContext":{"privileged":true})", "", "nothing privileged"},
        Row{"", R"(,"hostNetwork":true)", "hostNetwork"},
        Row{"", R"(,"nodeSelector":{"kubernetes.io/os":"windows"})", "Windows"}}) {
    CAPTURE(row.reason);
    const DerivedTemplate made{with_container(row.container, row.pod)};
    REQUIRE(made.remarks.blocking.size() == 1);
    CHECK(mentions(made.remarks.blocking, row.reason));
    CHECK(made.derived.left_out == made.remarks.blocking);
  }
  CHECK(mentions(derive(R"({"spec":{"containers":[{"name":"m","image":"i",
      "volumeMounts":[{"name":"data","mountPath":"/d"}]}]}})",
                        {"data"})
                     .remarks.blocking,
                 "a StatefulSet's volume claim"));
}

TEST_CASE("volumes that Azure knows: scratch, files of ConfigMaps and Secrets, shares") {
  const DerivedTemplate made{with_container(
      R"(,"volumeMounts":[{"name":"tmp","mountPath":"/tmp"},{"name":"files","mountPath":"/etc/x",
        "readOnly":true},{"name":"store","mountPath":"/data"},
        {"name":"kube-api-access-x","mountPath":"/var/run/secrets/x"}])",
      R"(,"volumes":[{"name":"tmp","emptyDir":{}},
        {"name":"files","projected":{"sources":[{"configMap":{"name":"settings","items":
          [{"key":"a.conf","path":"b.conf"}]}},{"secret":{"name":"keys"}}]}},
        {"name":"store","csi":{"driver":"file.csi.azure.com","readOnly":true,"volumeAttributes":
          {"secretName":"share","shareName":"films"}}},
        {"name":"unused","hostPath":{"path":"/"}},
        {"name":"kube-api-access-x","projected":{"sources":[{"serviceAccountToken":{}},
          {"configMap":{"name":"kube-root-ca.crt"}},{"downwardAPI":{}}]}}])")};
  CHECK(made.derived.left_out.empty());
  const ReplicaTemplate& replica{made.derived.replica};
  REQUIRE(replica.mounts.size() == 3);
  CHECK(replica.mounts[0].volume == "vol-tmp");
  CHECK(replica.mounts[1].is_read_only);
  CHECK(std::get<SecretVolume>(replica.volumes.at("files").kind).files ==
        std::map<std::string, std::string>{{"API_KEY", "hunter2"}, {"b.conf", "x=1"}});
  const auto& share = std::get<AzureFileVolume>(replica.volumes.at("store").kind);
  CHECK(share.account == "acct");
  CHECK(share.key == "k3y");
  CHECK(share.share == "films");
  CHECK(share.is_read_only);
}

TEST_CASE("sidecars, init containers and native sidecars keep their roles") {
  const DerivedTemplate made{derive(R"({"metadata":{"annotations":
      {"kubectl.kubernetes.io/default-container":"web"}},"spec":{
    "initContainers":[{"name":"migrate","image":"m:1","command":["/m"]},
      {"name":"proxy","image":"p:1","restartPolicy":"Always",
       "resources":{"requests":{"cpu":"100m","memory":"128M"}}}],
    "containers":[{"name":"logs","image":"l:1","ports":[{"containerPort":2020}]},
                  {"name":"web","image":"w:1","resources":{"requests":{"cpu":1}}}]}})")};
  const ReplicaTemplate& replica{made.derived.replica};
  CHECK(replica.image == "w:1");
  REQUIRE(replica.sidecars.size() == 2);
  CHECK(replica.sidecars[0].name == "logs");
  CHECK(replica.sidecars[0].ports == std::vector<int>{2020});
  CHECK(replica.sidecars[1].name == "proxy");
  CHECK(replica.sidecars[1].vcpu == doctest::Approx(0.1));
  CHECK(replica.sidecars[1].memory_gb == doctest::Approx(0.128));
  REQUIRE(replica.init_containers.size() == 1);
  CHECK(replica.init_containers[0].name == "migrate");
  CHECK(*made.derived.vcpu == doctest::Approx(1.1));
}

TEST_CASE("a startup probe becomes the patience of the liveness probe") {
  const DerivedTemplate made{with_container(R"(,"livenessProbe":{"exec":{"command":["ok"]},
    "initialDelaySeconds":5},"startupProbe":{"exec":{"command":["ok"]},"periodSeconds":10,
    "failureThreshold":30},"readinessProbe":{"tcpSocket":{"port":1}})")};
  REQUIRE(made.derived.replica.liveness);
  CHECK(made.derived.replica.liveness->initial_delay == 300s);
  CHECK_FALSE(made.derived.replica.readiness);
  CHECK(mentions(made.remarks.left_out, "readinessProbe"));
}

TEST_CASE("the login of the image's registry is found among the pull secrets") {
  const DerivedTemplate made{with_container("", R"(,"imagePullSecrets":[{"name":"pull"}])")};
  CHECK(made.derived.replica.registry_server == "my.azurecr.io");
  CHECK(made.derived.replica.registry_username == "anna");
  CHECK(made.derived.replica.registry_password == "pw");
  const DerivedTemplate other{derive(R"({"spec":{"imagePullSecrets":[{"name":"pull"}],
    "containers":[{"name":"m","image":"nginx"}]}})")};
  CHECK(mentions(other.remarks.left_out, "no pull secret has a login for docker.io"));
}

TEST_CASE("references are everything that a template names, once") {
  const auto document = parse_object(R"({"spec":{"imagePullSecrets":[{"name":"pull"}],
    "volumes":[{"name":"v","secret":{"secretName":"keys"}},{"name":"w","azureFile":
      {"secretName":"share"}}],
    "initContainers":[{"envFrom":[{"configMapRef":{"name":"settings"}}]}],
    "containers":[{"env":[{"valueFrom":{"secretKeyRef":{"name":"keys"}}}]}]}})");
  const auto references = references_of(*document);
  CHECK(references.size() == 4);
  CHECK(references.contains({Reference::Kind::config_map, "settings"}));
}

TEST_CASE("a template that is none is malformed, not a replica") {
  const ReferencedData data{};
  for (const std::string_view text :
       {"{}", R"({"spec":[]})", R"({"spec":{"containers":[]}})", R"({"spec":{"containers":[{}]}})",
        R"({"spec":{"containers":[{"image":"i","env":"x"}]}})"}) {
    CAPTURE(text);
    const auto document = parse_object(text);
    const auto derived = derive_replica({.pod_template = &*document, .referenced = &data});
    REQUIRE_FALSE(derived);
    CHECK(derived.error().code == Errc::malformed);
  }
}

}  // namespace spillway::pod_template_test
