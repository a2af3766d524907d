// A real Docker Swarm of one node, a real HAProxy, a real `spillway run` and the emulator, whose
// groups are real processes: a service that is full bursts and comes back, and a drained node is
// covered. Skipped with the reason where Docker cannot run.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <boost/json.hpp>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "tests/integration/swarm_rig.hpp"
#include "tests/support/skip.hpp"

namespace json = boost::json;

namespace spillway::testing {
namespace {

std::string program(const char* variable) {
  const char* path{std::getenv(variable)};
  REQUIRE_MESSAGE(path, "run this through `meson test`, which says where the programs are");
  return path;
}

constexpr std::chrono::milliseconds patience{120'000};

/// One swarm for all tests: it takes seconds to make.
SwarmRig& swarm() {
  static SwarmRig rig{};
  return rig;
}

/// A replica does 10 requests per second; at 75 % a load of 25 needs 4 of them.
constexpr const char* config_template{R"yaml(
mode: act
owner: swarm-test
interval: 1s
state: {{directory: {directory}/state}}
api: {{listen: "127.0.0.1:{api_port}"}}
metric_sources:
  stats: {{type: haproxy, addresses: ["unix:{directory}/haproxy.sock"]}}
clusters:
  swarm: {{type: docker_swarm, endpoints: ["{endpoint}"]}}
traffic:
  lb: {{type: haproxy, sockets: ["unix:{directory}/haproxy.sock"], backend: web}}
provider:
  type: aci
  endpoint: {url}
  authority: {url}
  subscription: 00000000-0000-0000-0000-000000000000
  resource_group: spillway
  region: eastus
  tenant: 11111111-1111-1111-1111-111111111111
  client_id: 22222222-2222-2222-2222-222222222222
  client_secret: emulator-secret
workloads:
  web:
    cluster: swarm
    traffic: [lb]
    signals:
      load: {{source: stats, query: frontend/web rate(req_tot), stale_after: 10s}}
      utilization: {{source: stats, query: frontend/web rate(req_tot), stale_after: 10s}}
    policies: [{policies}]
    limits: {{max_burst: 10}}
    trust: {{recovery_hold: 1s}}
    behavior:
      scale_in: {{stabilization_window: 3s}}
    replica:
      from_cluster: true
      port: 8000
      probe: {{http: /healthz, retry_every: 200ms}}
    lifecycle: {{drain_deadline: 10s}}
)yaml"};

constexpr const char* for_load{
    "{type: target_utilization, target_utilization: 75%, replica_capacity: 10/s}"};
constexpr const char* for_pending{"{type: saturation, enter_at: 900%, leave_below: 800%}"};

/// Everything around the swarm: balancer, cloud, controller, load.
class Site {
 public:
  explicit Site(std::string service, SwarmRig& rig = swarm())
      : rig_{rig}, service_{std::move(service)} {
    start_haproxy();
    start_emulator();
    write_config(for_load);
  }

  ~Site() {
    load_.reset();
    if (std::getenv("SWARM_TEST_LOG") != nullptr) std::fprintf(stderr, "%s\n", log().c_str());
    if (spillway_) spillway_->stop(std::chrono::seconds{30});
    CHECK(rig_.docker({"service", "rm", service_}));
  }

  /// The service as a person would create it: its own address for each task, since without a bridge
  /// all tasks share the machine's network.
  void create_service(int replicas, const std::string& reserve_cpu,
                      const std::vector<std::string>& more = {}) {
    std::vector<std::string> command{"service", "create", "--detach", "--no-resolve-image"};
    const std::vector<std::string> options{"--name",
                                           service_,
                                           "--network",
                                           "host",
                                           "--replicas",
                                           std::to_string(replicas),
                                           "--reserve-cpu",
                                           reserve_cpu,
                                           "--limit-memory",
                                           "200M",
                                           "--stop-grace-period",
                                           "10s",
                                           "--env",
                                           "API_TOKEN=t",
                                           "--env",
                                           "DEMO_LISTEN=" + prefix() + ".{{.Task.Slot}}:8000"};
    const std::vector<std::string> arguments{"demo/web:1", "--service-time", "100ms",
                                             "--concurrency", "1"};
    for (const auto* part : {&options, &more, &arguments}) {
      command.insert(command.end(), part->begin(), part->end());
    }
    REQUIRE(rig_.docker(std::move(command)));
  }

  void write_config(const std::string& policies) {
    directory_.write(
        "spillway.yaml",
        fmt::format(fmt::runtime(config_template),
                    fmt::arg("directory", directory_.path().string()),
                    fmt::arg("api_port", api_port_), fmt::arg("url", url_),
                    fmt::arg("endpoint", rig_.endpoint()), fmt::arg("policies", policies)) +
            "    service: " + service_ + "\n");
  }

  void start() {
    spillway_ = std::make_unique<ChildProcess>(
        std::vector<std::string>{program("SPILLWAY"), "run", "--config", config_path()});
  }

  void start_load(int rps, int seconds) {
    const std::string shape{
        directory_.write("shape.csv", fmt::format("t_s,rps\n0,{0}\n{1},{0}\n", rps, seconds))};
    load_ = std::make_unique<ChildProcess>(std::vector<std::string>{
        program("DEMO_LOAD"), "--url", fmt::format("http://127.0.0.1:{}/", web_port_), "--shape",
        shape, "--slo", "1000ms", "--even"});
  }

  /// What the load has reported so far, one line a second.
  std::size_t load_reported() const { return load_->standard_output().size(); }

  /// Requests without a good answer from byte `first` of the load's report until the load ended.
  int failed_requests(std::size_t first) {
    REQUIRE(load_->wait_for_exit(patience));
    const std::string output{load_->standard_output()};
    int failed{0};
    // Those of the saturated pool may give up until the client's ten seconds are over.
    for (int line{0}; line < 10 && first != std::string::npos; ++line) {
      first = output.find('\n', first + 1);
    }
    REQUIRE(first != std::string::npos);
    for (std::size_t at{output.find("\"errors\":", first)}; at != std::string::npos;
         at = output.find("\"errors\":", at + 1)) {
      const std::string_view line{output.data() + output.rfind('\n', at) + 1, 12};
      if (line.find("\"t\"") == std::string_view::npos) continue;  // a sum of the others
      failed += std::atoi(output.c_str() + at + 9);
    }
    return failed;
  }

  std::pair<std::string, int> command(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), program("SPILLWAY"));
    ChildProcess child{std::move(arguments)};
    REQUIRE(child.wait_for_exit(patience));
    return {child.standard_output() + child.standard_error(), *child.exit_code()};
  }

  json::value status() const {
    const auto [output, code]{command({"status", "-o", "json", "--api", api()})};
    if (code != 0) return {};
    return json::parse(output).at("workloads").at(0);
  }
  /// Base replicas that are ready, by the controller; -1 if it does not know.
  int base_ready() const {
    const json::value page = status();
    if (!page.is_object() || !page.at("base").is_object()) return -1;
    return page.at("base").at("ready").to_number<int>();
  }
  /// Whether the controller sees that tasks are being replaced.
  bool is_rolling() const {
    const json::value page = status();
    return page.is_object() && page.at("base").is_object() &&
           page.at("base").at("rolling").as_bool();
  }
  int serving() const {
    const json::value page = status();
    if (!page.is_object()) return -1;
    int count{0};
    for (const json::value& group : page.at("groups").as_array()) {
      if (group.at("phase").as_string() == "serving") ++count;
    }
    return count;
  }

  std::string log() const { return spillway_->standard_error(); }
  std::string config_path() const { return (directory_.path() / "spillway.yaml").string(); }

 private:
  std::string api() const { return fmt::format("http://127.0.0.1:{}", api_port_); }
  std::string prefix() const { return rig_.address_prefix(); }

  void start_haproxy() {
    const std::string config{directory_.write(
        "haproxy.cfg", fmt::format(R"(global
  stats socket {0}/haproxy.sock mode 600 level admin
defaults
  mode http
  timeout connect 2s
  timeout client 30s
  timeout server 15s
  timeout queue 10s
  retries 3
  option redispatch 1
  option http-server-close
frontend web
  bind 127.0.0.1:{1}
  default_backend web
backend web
  balance leastconn
  option httpchk GET /healthz
  server base-1 {2}.1:8000 check inter 500ms fall 1 weight 100
  server base-2 {2}.2:8000 check inter 500ms fall 1 weight 100
)",
                                   directory_.path().string(), web_port_, prefix()))};
    haproxy_ = std::make_unique<ChildProcess>(
        std::vector<std::string>{find_program("haproxy").value_or("haproxy"), "-db", "-f", config});
  }

  void start_emulator() {
    directory_.write("emulator.yaml", fmt::format(R"yaml(
images:
  "demo/web:*":
    command: ["{}", --listen, "{{ip}}:{{port}}", --service-time, 100ms, --concurrency, "1"]
start: {{median_seconds: 2, sigma: 0.2}}
delete_seconds: 1
addresses: {}.101
)yaml",
                                                  program("DEMO_WORKLOAD"), prefix()));
    emulator_ = std::make_unique<ChildProcess>(std::vector<std::string>{
        program("ACI_EMULATOR"), "--listen", "127.0.0.1:0", "--backend", "process", "--config",
        (directory_.path() / "emulator.yaml").string()});
    REQUIRE(wait_until([&] { return emulator_->standard_output().ends_with('\n'); }));
    url_ = emulator_->standard_output();
    url_.pop_back();
  }

  SwarmRig& rig_;
  std::string service_;
  ScratchDirectory directory_{};
  std::uint16_t api_port_{free_port()};
  std::uint16_t web_port_{free_port()};
  std::string url_{};
  std::unique_ptr<ChildProcess> haproxy_{};
  std::unique_ptr<ChildProcess> emulator_{};
  std::unique_ptr<ChildProcess> spillway_{};
  std::unique_ptr<ChildProcess> load_{};
};

bool has_swarm() {
  if (!find_program("haproxy")) {
    skip_test("haproxy is missing: apt-get install haproxy");
    return false;
  }
  if (!swarm().why_not().empty()) {
    skip_test(swarm().why_not());
    return false;
  }
  static const bool has_image{swarm().make_image(program("DEMO_WORKLOAD"), "demo/web:1")};
  REQUIRE(has_image);
  return true;
}

double seconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

TEST_CASE("a service that is full bursts as its own specification says, and comes back") {
  if (!has_swarm()) return;
  Site site{"web-full"};
  site.create_service(2, "0.1");
  site.start();
  REQUIRE(wait_until([&] { return site.base_ready() == 2; }, patience));
  site.start_load(25, 40);
  CHECK(wait_until([&] { return site.serving() == 2; }, patience));
  // Once the burst serves nobody fails, until it has left again.
  CHECK(site.failed_requests(site.load_reported()) == 0);
  CHECK(wait_until([&] { return site.serving() == 0; }, patience));
  CHECK(site.log().find(R"("event":"TemplateTaken")") != std::string::npos);
  CHECK(site.log().find(R"("image":"demo/web:1")") != std::string::npos);
  // Told once: the address is filled in by Docker for each task.
  const std::string left_out{"environment DEMO_LISTEN"};
  const std::string log{site.log()};
  CHECK(log.find(left_out) != std::string::npos);
  CHECK(log.find(left_out) == log.rfind(left_out));

  const std::string findings{site.command({"doctor", "-c", site.config_path()}).first};
  CAPTURE(findings);
  CHECK(findings.find("2 of 2 replicas ready") != std::string::npos);
  CHECK(findings.find(left_out) != std::string::npos);
}

TEST_CASE("tasks that find no node are a reason to burst, without any metric") {
  if (!has_swarm()) return;
  Site site{"web-pending"};
  site.write_config(for_pending);
  // The node has room for two of three such reservations.
  const auto cpus = swarm().docker({"info", "--format", "{{.NCPU}}"});
  REQUIRE(cpus);
  site.create_service(3, fmt::format("{:.2f}", std::stod(*cpus) / 2.5));
  site.start();
  CHECK(wait_until([&] { return site.serving() == 1; }, patience));
  CHECK(wait_until([&] { return site.base_ready() == 2; }, patience));
  CHECK(site.log().find(R"("because":"PendingWork")") != std::string::npos);
}

TEST_CASE("an update of the service is seen while it rolls, and what bursts then is the new one") {
  if (!has_swarm()) return;
  Site site{"web-updated"};
  site.create_service(2, "0.1", {"--update-delay", "10s", "--update-parallelism", "1"});
  site.start();
  REQUIRE(wait_until([&] { return site.base_ready() == 2 && !site.is_rolling(); }, patience));
  REQUIRE(swarm().docker({"service", "update", "--detach", "--no-resolve-image", "--env-add",
                          "RELEASE=two", "web-updated"}));
  CHECK(wait_until([&] { return site.is_rolling(); }, patience));
  CHECK(wait_until([&] { return site.base_ready() == 2 && !site.is_rolling(); }, patience));
  const std::string log{site.log()};
  CAPTURE(log);
  // Taken at the start, and once more for the update.
  const std::string taken{R"("event":"TemplateTaken")"};
  CHECK(log.find(taken) != std::string::npos);
  CHECK(log.find(taken) != log.rfind(taken));
}

TEST_CASE("a node that is drained is covered by the burst") {
  if (!has_swarm()) return;
  Site site{"web-drained"};
  site.create_service(2, "0.1");
  site.start();
  REQUIRE(wait_until([&] { return site.base_ready() == 2; }, patience));
  site.start_load(10, 30);
  const auto node = swarm().docker({"node", "ls", "--quiet"});
  REQUIRE(node);
  const std::string id{node->substr(0, node->find('\n'))};
  const auto begin = std::chrono::steady_clock::now();
  REQUIRE(swarm().docker({"node", "update", "--availability", "drain", id}));
  CHECK(wait_until([&] { return site.serving() >= 2; }, patience));
  MESSAGE("from the drain of the only node to its replicas in the cloud: ", seconds_since(begin),
          " s");
  REQUIRE(swarm().docker({"node", "update", "--availability", "active", id}));
  CHECK(wait_until([&] { return site.base_ready() == 2; }, patience));
  CHECK(wait_until([&] { return site.serving() == 0; }, patience));
}

TEST_CASE("a node that dies is covered by the burst") {
  if (!has_swarm()) return;
  if (!find_program("ip")) return skip_test("ip is missing: apt-get install iproute2");
  SwarmRig three{2};
  if (!three.why_not().empty()) return skip_test(three.why_not());
  REQUIRE(three.make_image(program("DEMO_WORKLOAD"), "demo/web:1"));
  Site site{"web-lost", three};
  site.write_config(for_pending);
  // Each worker can take one: after the loss the other task finds no node.
  site.create_service(2, "0.1",
                      {"--constraint", "node.role==worker", "--replicas-max-per-node", "1"});
  site.start();
  REQUIRE(wait_until([&] { return site.base_ready() == 2; }, patience));
  const auto begin = std::chrono::steady_clock::now();
  three.kill_worker(1);
  CHECK(wait_until([&] { return site.base_ready() == 1; }, patience));
  const double noticed_s{seconds_since(begin)};
  CHECK(wait_until([&] { return site.serving() == 1; }, patience));
  MESSAGE("after the death of a node: noticed by the swarm and us after ", noticed_s,
          " s, covered after ", seconds_since(begin), " s");
}

}  // namespace
}  // namespace spillway::testing
