#include "tests/integration/kubernetes/kubernetes_rig.hpp"

#include <fmt/format.h>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "controller/io/base64.hpp"
#include "controller/kubernetes/json_fields.hpp"

namespace spillway::testing {

namespace json = boost::json;
namespace fs = std::filesystem;

namespace {

constexpr std::chrono::seconds start_limit{60};

std::string binaries() {
  const char* const folder{std::getenv("SPILLWAY_K8S_BIN")};
  return folder == nullptr ? std::string{} : std::string{folder};
}

std::string text_at(const json::object& object, std::string_view key, std::string_view inner) {
  kubernetes::FieldReader fields{};
  return fields.text(fields.object(&object, key), inner);
}

}  // namespace

std::string KubernetesRig::why_not() {
  if (binaries().empty()) {
    return "SPILLWAY_K8S_BIN is not set: a folder with kube-apiserver, kube-controller-manager and "
           "kube-scheduler";
  }
  for (const std::string name : {"kube-apiserver", "kube-controller-manager", "kube-scheduler"}) {
    if (!fs::exists(fs::path{binaries()} / name)) return binaries() + " has no " + name;
  }
  if (!find_program("etcd")) return "etcd is missing: apt-get install etcd-server";
  if (!find_program("kubectl")) return "kubectl is missing: apt-get install kubernetes-client";
  return {};
}

KubernetesRig::KubernetesRig(RealTime& time) : time_{time} {
  const std::string directory{scratch_.path().string()};
  const Certificate serving{authority_.issue("IP:127.0.0.1")};
  ca_file_ = scratch_.write("ca.pem", authority_.certificate_pem());
  const std::string certificate{scratch_.write("api.pem", serving.certificate_pem)};
  const std::string key{scratch_.write("api.key", serving.key_pem)};
  const Certificate signer{authority_.issue("DNS:accounts")};
  const std::string accounts{scratch_.write("accounts.key", signer.key_pem)};
  const std::string accounts_public{scratch_.write("accounts.pem", signer.certificate_pem)};
  const std::string tokens{
      scratch_.write("tokens.csv", "admin-token,admin,admin,\"system:masters\"\n")};
  kubeconfig_ = scratch_.write("kubeconfig", fmt::format(R"(apiVersion: v1
kind: Config
clusters: [{{name: c, cluster: {{server: "{}", certificate-authority: ca.pem}}}}]
users: [{{name: admin, user: {{token: admin-token}}}}]
contexts: [{{name: x, context: {{cluster: c, user: admin, namespace: shop}}}}]
current-context: x
)",
                                                         url()));
  // How the API server shows itself to kubelets.
  const Certificate to_kubelets{authority_.issue("DNS:kubelets")};
  const std::string kubelet_certificate{scratch_.write("kubelet.pem", to_kubelets.certificate_pem)};
  const std::string kubelet_key{scratch_.write("kubelet.key", to_kubelets.key_pem)};
  auto client{io::make_http_client(time.context, time.clock)};
  SPILLWAY_ASSERT(client);  // without options there is nothing that could be wrong
  http_ = std::move(*client);
  start_etcd();
  api_command_ = {
      binary("kube-apiserver"), fmt::format("--etcd-servers=http://127.0.0.1:{}", etcd_port_),
      "--bind-address=127.0.0.1", fmt::format("--secure-port={}", port_),
      "--tls-cert-file=" + certificate, "--tls-private-key-file=" + key,
      "--kubelet-client-certificate=" + kubelet_certificate, "--kubelet-client-key=" + kubelet_key,
      "--client-ca-file=" + ca_file_, "--cert-dir=" + directory, "--token-auth-file=" + tokens,
      "--authorization-mode=Node,RBAC", "--service-cluster-ip-range=10.98.0.0/24",
      "--endpoint-reconciler-type=none", "--service-account-issuer=" + url(),
      "--service-account-signing-key-file=" + accounts,
      "--service-account-key-file=" + accounts_public, "--anonymous-auth=false",
      "--profiling=false",
      // Answers watches from etcd itself, so that a compaction is felt at once: 410.
      "--watch-cache=false"};
  start_api_server();
  auto made = server("admin-token");
  admin_ = std::move(made);
  const std::vector<std::string> common{"--kubeconfig=" + kubeconfig_, "--leader-elect=false",
                                        "--port=0", "--secure-port=0"};
  std::vector<std::string> controllers{
      binary("kube-controller-manager"), "--service-account-private-key-file=" + accounts,
      "--root-ca-file=" + ca_file_, "--use-service-account-credentials=true",
      // Nodes here have no kubelet that would report.
      "--node-monitor-grace-period=10h"};
  controllers.insert(controllers.end(), common.begin(), common.end());
  controllers_ = std::make_unique<ChildProcess>(std::move(controllers));
  std::vector<std::string> scheduler{binary("kube-scheduler")};
  scheduler.insert(scheduler.end(), common.begin(), common.end());
  scheduler_ = std::make_unique<ChildProcess>(std::move(scheduler));
  const bool is_up{wait_until(
      [&] {
        try {
          call("GET", "/api/v1/namespaces/default/serviceaccounts/default");
          return true;
        } catch (const std::runtime_error&) {
          return false;
        }
      },
      start_limit)};
  if (!is_up) {
    throw std::runtime_error{"the controller manager does not start: " +
                             controllers_->standard_error()};
  }
}

KubernetesRig::~KubernetesRig() = default;

std::string KubernetesRig::binary(std::string_view name) const {
  return (fs::path{binaries()} / name).string();
}

std::string KubernetesRig::url() const {
  return fmt::format("https://127.0.0.1:{}", port_);
}

void KubernetesRig::start_etcd() {
  const std::string client{fmt::format("http://127.0.0.1:{}", etcd_port_)};
  const std::string peer{fmt::format("http://127.0.0.1:{}", peer_port_)};
  etcd_ = std::make_unique<ChildProcess>(
      std::vector<std::string>{"etcd", "--data-dir", (scratch_.path() / "etcd").string(),
                               "--listen-client-urls", client, "--advertise-client-urls", client,
                               "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer,
                               "--initial-cluster", "default=" + peer, "--log-level", "warn"});
  const bool is_up{wait_until(
      [&] {
        io::HttpRequest request{};
        request.url = *io::parse_url(client + "/health");
        const auto answer = time_.run(http_->send(std::move(request), time_.soon()));
        return answer && answer->status == 200;
      },
      start_limit)};
  if (!is_up) throw std::runtime_error{"etcd does not start: " + etcd_->standard_error()};
}

bool KubernetesRig::answers() {
  const auto fresh = server("admin-token");
  kubernetes::ApiRequest request{};
  request.target = "/readyz";
  const auto answer = time_.run(fresh->send(std::move(request), time_.soon()));
  return answer && answer->status == 200;
}

void KubernetesRig::start_api_server() {
  api_ = std::make_unique<ChildProcess>(api_command_);
  // One that has ended never answers: told at once.
  const bool has_settled{wait_until([&] { return answers() || !api_->is_running(); }, start_limit)};
  if (!has_settled || !api_->is_running()) {
    throw std::runtime_error{"kube-apiserver does not start: " + api_->standard_error()};
  }
}

void KubernetesRig::kill_api_server() {
  api_->send_signal(SIGKILL);
  api_->wait_for_exit();
}

void KubernetesRig::compact() {
  const auto post = [&](std::string_view path, std::string body) {
    io::HttpRequest request{};
    request.method = "POST";
    request.url = *io::parse_url(fmt::format("http://127.0.0.1:{}{}", etcd_port_, path));
    request.body = std::move(body);
    const auto answer = time_.run(http_->send(std::move(request), time_.soon()));
    if (!answer || answer->status != 200) throw std::runtime_error{"etcd does not compact"};
    return answer->body;
  };
  const auto status = *kubernetes::parse_object(post("/v3/maintenance/status", "{}"));
  const std::string revision{text_at(status, "header", "revision")};
  post("/v3/kv/compaction", fmt::format(R"({{"revision":"{}","physical":true}})", revision));
}

std::string KubernetesRig::kubectl(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"kubectl", "--kubeconfig=" + kubeconfig_});
  ChildProcess child{std::move(arguments)};
  const bool has_ended{child.wait_for_exit(start_limit)};
  std::string output{child.standard_output() + child.standard_error()};
  if (!has_ended || child.exit_code() != 0) throw std::runtime_error{"kubectl: " + output};
  return output;
}

void KubernetesRig::apply(std::string_view yaml) {
  kubectl({"apply", "-f", scratch_.write("apply.yaml", yaml)});
}

std::string KubernetesRig::token_of(const std::string& name_space, const std::string& account) {
  std::string token{};
  const bool is_there{wait_until([&] {
    const auto secrets = call("GET", "/api/v1/namespaces/" + name_space + "/secrets");
    kubernetes::FieldReader fields{};
    for (const json::object* const each : fields.objects(&secrets, "items")) {
      const auto annotations = fields.text_map(fields.object(each, "metadata"), "annotations");
      const auto owner = annotations.find("kubernetes.io/service-account.name");
      if (owner == annotations.end() || owner->second != account) continue;
      token = io::decode_base64(text_at(*each, "data", "token")).value_or("");
    }
    return !token.empty();
  })};
  if (!is_there) throw std::runtime_error{"no token of " + account};
  return token;
}

std::unique_ptr<kubernetes::ApiServer> KubernetesRig::server(const std::string& token) {
  kubernetes::Access access{};
  access.cluster.server = url();
  access.cluster.ca.file = ca_file_;
  access.user.token = io::Secret{token};
  auto made{kubernetes::make_api_server(time_.context, time_.clock, std::move(access))};
  SPILLWAY_ASSERT(made);
  return std::move(*made);
}

std::unique_ptr<kubernetes::ApiServer> KubernetesRig::server_by_certificate() {
  const Certificate certificate{authority_.issue("DNS:client")};
  kubernetes::Access access{};
  access.cluster.server = url();
  access.cluster.ca.file = ca_file_;
  access.user.certificate.data = io::Secret{certificate.certificate_pem};
  access.user.key.data = io::Secret{certificate.key_pem};
  auto made{kubernetes::make_api_server(time_.context, time_.clock, std::move(access))};
  SPILLWAY_ASSERT(made);
  return std::move(*made);
}

json::object KubernetesRig::call(std::string method, std::string target, std::string body,
                                 std::string content_type) {
  kubernetes::ApiRequest request{.method = std::move(method), .target = std::move(target)};
  request.body = std::move(body);
  request.content_type = std::move(content_type);
  auto answer = time_.run(admin_->call(std::move(request), time_.soon()));
  if (!answer) throw std::runtime_error{to_string(answer.error())};
  return std::move(*answer);
}

void KubernetesRig::add_node(const std::string& name, int cores) {
  call("POST", "/api/v1/nodes",
       fmt::format(R"({{"metadata":{{"name":"{0}","labels":{{"kubernetes.io/hostname":"{0}",
         "kubernetes.io/os":"linux"}}}}}})",
                   name));
  call("PATCH", "/api/v1/nodes/" + name + "/status",
       fmt::format(R"({{"status":{{"capacity":{{"cpu":"{0}","memory":"16Gi","pods":"110"}},
         "allocatable":{{"cpu":"{0}","memory":"16Gi","pods":"110"}},"conditions":[
         {{"type":"Ready","status":"True","reason":"Test","lastHeartbeatTime":null}}]}}}})",
                   cores),
       std::string{kubernetes::strategic_patch});
}

int KubernetesRig::run_pods(const std::string& name_space) {
  // A pod may go between the listing and the call: then there is nothing to say about it.
  const auto say = [&](std::string method, std::string target, std::string body,
                       std::string_view type) {
    kubernetes::ApiRequest request{.method = std::move(method), .target = std::move(target)};
    request.body = std::move(body);
    request.content_type = type;
    const auto said = time_.run(admin_->call(std::move(request), time_.soon()));
    if (!said && said.error().code != Errc::not_found) {
      throw std::runtime_error{to_string(said.error())};
    }
  };
  const auto pods = call("GET", "/api/v1/namespaces/" + name_space + "/pods");
  kubernetes::FieldReader fields{};
  int placed{0};
  for (const json::object* const pod : fields.objects(&pods, "items")) {
    if (text_at(*pod, "spec", "nodeName").empty()) continue;
    const std::string path{fmt::format("/api/v1/namespaces/{}/pods/{}", name_space,
                                       text_at(*pod, "metadata", "name"))};
    if (!text_at(*pod, "metadata", "deletionTimestamp").empty()) {
      // What a kubelet does once the containers have ended.
      say("DELETE", path, R"({"gracePeriodSeconds":0})", kubernetes::json_type);
      continue;
    }
    ++placed;
    if (text_at(*pod, "status", "phase") == "Running") continue;
    say("PATCH", path + "/status",
        R"({"status":{"phase":"Running","podIP":"10.200.0.9","conditions":[
           {"type":"Ready","status":"True"},{"type":"ContainersReady","status":"True"}],
           "containerStatuses":[]}})",
        kubernetes::strategic_patch);
  }
  return placed;
}

}  // namespace spillway::testing
