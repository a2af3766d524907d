// The Deployment that ships, without a cluster: its settings pass `spillway check`, and what a
// kubelet, a Service and Prometheus ask for is answered by a real `spillway run` with them, whose
// addresses and paths alone are others. The manifests as objects: manifests_test.cpp.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <fstream>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "controller/io/http_client.hpp"
#include "controller/kubernetes/json_fields.hpp"
#include "controller/kubernetes/yaml_json.hpp"
#include "tests/integration/real_programs.hpp"
#include "tests/support/certificates.hpp"
#include "tests/support/printing.hpp"
#include "tests/support/real_time.hpp"

namespace spillway::deployment_test {

using namespace spillway::testing;
using kubernetes::FieldReader;
using Object = boost::json::object;

namespace {

std::string file_text(const std::string& name) {
  std::ifstream file{program("DEPLOY") + "/" + name};
  std::ostringstream text{};
  text << file.rdbuf();
  REQUIRE_MESSAGE(!text.str().empty(), name);
  return text.str();
}

/// The objects of a manifest, by kind: each kind is there once.
std::map<std::string, Object> objects_of(const std::string& manifest) {
  std::map<std::string, Object> all{};
  std::string rest{file_text(manifest)};
  for (;;) {
    const std::size_t end{rest.find("\n---\n")};
    auto parsed{kubernetes::parse_yaml(rest.substr(0, end))};
    REQUIRE(parsed);
    const std::string kind{FieldReader{}.text(&*parsed, "kind")};
    CHECK(all.emplace(kind, std::move(*parsed)).second);
    if (end == std::string::npos) return all;
    rest.erase(0, end + 5);
  }
}

/// `text` with `from`, which it has once, replaced.
void replace(std::string& text, std::string_view from, std::string_view to) {
  const std::size_t at{text.find(from)};
  REQUIRE_MESSAGE(at != std::string::npos, from);
  text.replace(at, from.size(), to);
}

struct Manifest {
  std::map<std::string, Object> objects{objects_of("spillway.yaml")};
  FieldReader fields{};

  const Object* in(const std::string& kind, const char* key) {
    return fields.object(&objects.at(kind), key);
  }
  const Object* container() {
    const Object* const pod_template{fields.object(in("Deployment", "spec"), "template")};
    const auto all{fields.objects(fields.object(pod_template, "spec"), "containers")};
    REQUIRE(all.size() == 1);
    return all.front();
  }
  std::string settings() { return fields.text(in("ConfigMap", "data"), "spillway.yaml"); }
};

/// A real controller with the settings of the manifest, in which the addresses are of loopback and
/// the paths of a scratch directory.
class RunningPod {
 public:
  explicit RunningPod(std::string settings) {
    const Certificate own{authority_.issue("DNS:spillway.spillway.svc,DNS:localhost")};
    directory_.write("tls.crt", own.certificate_pem);
    directory_.write("tls.key", own.key_pem);
    kubeconfig_ = directory_.write("kubeconfig", R"yaml(
clusters: [{name: c, cluster: {server: "http://127.0.0.1:1"}}]
contexts: [{name: x, context: {cluster: c, user: u}}]
users: [{name: u, user: {token: t}}]
current-context: x
)yaml");
    const std::string directory{directory_.path().string()};
    replace(settings, "0.0.0.0:9900", fmt::format("127.0.0.1:{}", port_));
    replace(settings, "/etc/spillway-tls", directory);
    replace(settings, "/etc/spillway-tls", directory);
    replace(settings, "/var/lib/spillway", directory + "/state");
    replace(settings, "http://prometheus.monitoring:9090", "http://127.0.0.1:1");
    replace(settings, "provider: {type: aci, resource_group: spillway-burst, region: eastus}",
            cloud_.provider_section());
    const std::string config{directory_.write("spillway.yaml", settings)};
    process_ = std::make_unique<ChildProcess>(
        std::vector<std::string>{program("SPILLWAY"), "run", "-c", config},
        ChildOptions{.environment = {{"SPILLWAY_TOKEN", "s3cret"}, {"KUBECONFIG", kubeconfig_}}});
    auto client{io::make_http_client(time_.context, time_.clock,
                                     {.tls = {.ca_pem = authority_.certificate_pem()}})};
    REQUIRE(client);
    http_ = std::move(*client);
  }

  /// The status of the answer over TLS that is checked; 0 if there is none.
  int get(std::string_view path, std::string_view token = {}) {
    io::HttpRequest request{};
    request.url = *io::parse_url(fmt::format("https://localhost:{}{}", port_, path));
    if (!token.empty()) request.headers.set("Authorization", fmt::format("Bearer {}", token));
    const auto answer = time_.run(http_->send(std::move(request), time_.soon()));
    return answer ? answer->status : 0;
  }
  std::string log() const { return process_->standard_error(); }
  int stop() { return process_->stop(); }

 private:
  ScratchDirectory directory_{};
  Authority authority_{"deployment-test"};
  std::uint16_t port_{free_port()};
  EmulatedCloud cloud_{directory_, "--service-time, 10ms, --concurrency, \"1\""};
  std::string kubeconfig_{};
  std::unique_ptr<ChildProcess> process_{};
  RealTime time_{};
  std::unique_ptr<io::HttpClient> http_{};
};

}  // namespace

TEST_CASE(
    "the settings in the ConfigMap pass `check`, with what the Secrets hold and not without") {
  const ScratchDirectory directory{};
  const std::string config{directory.write("spillway.yaml", Manifest{}.settings())};
  const auto check{[&](ChildOptions options) {
    ChildProcess child{{program("SPILLWAY"), "check", "-c", config}, std::move(options)};
    REQUIRE(child.wait_for_exit());
    return std::pair{*child.exit_code(), child.standard_output() + child.standard_error()};
  }};
  const auto with{check({.environment = {{"SPILLWAY_TOKEN", "s3cret"}}})};
  CAPTURE(with.second);
  CHECK(with.first == 0);
  const auto without{check({})};
  CHECK(without.first == 2);
  CHECK(without.second.find("SPILLWAY_TOKEN") != std::string::npos);
}

TEST_CASE("the probes of the Deployment are answered over TLS without a token, metrics with it") {
  Manifest manifest{};
  FieldReader fields{};
  const Object* const container{manifest.container()};
  std::vector<std::string> paths{};
  for (const char* const name : {"startupProbe", "livenessProbe", "readinessProbe"}) {
    CAPTURE(name);
    const Object* const probe{fields.object(fields.object(container, name), "httpGet")};
    CHECK(fields.text(probe, "scheme") == "HTTPS");
    CHECK(fields.text(probe, "port") == "https");
    paths.push_back(fields.text(probe, "path"));
  }
  // The probes' port, the Service's and the one of the settings are one.
  const auto ports{fields.objects(container, "ports")};
  REQUIRE(ports.size() == 1);
  CHECK(fields.text(ports[0], "name") == "https");
  CHECK(manifest.settings().find("0.0.0.0:" + fields.text(ports[0], "containerPort")) !=
        std::string::npos);
  const auto served{fields.objects(manifest.in("Service", "spec"), "ports")};
  REQUIRE(served.size() == 1);
  CHECK(fields.text(served[0], "targetPort") == "https");
  CHECK_FALSE(fields.mistake());

  RunningPod pod{manifest.settings()};
  for (const std::string& path : paths) {
    CAPTURE(path);
    const bool is_answered{wait_until([&] { return pod.get(path) == 200; }, patience)};
    CAPTURE(pod.log());
    CHECK(is_answered);
  }
  CHECK(pod.get("/metrics") == 401);
  CHECK(pod.get("/api/v1/status") == 401);
  CHECK(pod.get("/metrics", "s3cret") == 200);
  CHECK(pod.get("/", "s3cret") == 200);
  CHECK(pod.stop() == 0);  // in 10 s, long before the grace of the pod has passed
}

}  // namespace spillway::deployment_test
