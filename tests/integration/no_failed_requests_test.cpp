// What users notice of a burst: nothing. A real HAProxy, a real `spillway run` and real replicas,
// while wrk sends requests without a pause: the burst comes up, is replaced by a changed template,
// and leaves again, all at full load, and not one request fails. HAProxy may not try again
// (`retries 0`), so that nothing is hidden.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <boost/json.hpp>
#include <csignal>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "tests/integration/real_programs.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/skip.hpp"

namespace asio = boost::asio;
namespace json = boost::json;

namespace spillway::testing {
namespace {

/// A replica answers in 20 ms, one request at a time: 50 per second. 16 clients that never pause
/// keep eight replicas full, so the policy wants more than the five groups it may have.
constexpr int clients{16};
constexpr int base_replicas{3};
constexpr int burst_groups{5};

constexpr const char* config_template{R"yaml(
mode: act
owner: requests-test
interval: 1s
state: {{directory: {directory}/state}}
api: {{listen: "127.0.0.1:{port}"}}
metric_sources:
  stats: {{type: haproxy, addresses: ["unix:{directory}/haproxy.sock"]}}
clusters:
  vms: {{type: static_vms, addresses: [{base}], probe: {{path: /healthz}}}}
traffic:
  lb: {{type: haproxy, sockets: ["unix:{directory}/haproxy.sock"], backend: web{slots}}}
{provider}
workloads:
  web:
    cluster: vms
    traffic: [lb]
    signals:
      load: {{source: stats, query: frontend/web rate(req_tot), stale_after: 10s}}
    policies:
      - {{type: target_utilization, target_utilization: 75%, replica_capacity: {capacity}/s}}
    limits: {{max_burst: {most}}}
    trust: {{recovery_hold: 1s}}
    behavior:
      scale_out: {{stabilization_window: 0s}}
      scale_in: {{stabilization_window: 3s}}
    replica:
      image: demo/web:1
      port: 8000
      vcpu: 1
      memory: 1.5 GB
      env: {{VERSION: "{version}"}}
      probe: {{http: /healthz, retry_every: 200ms}}
    rolling_update: {{max_surge: 2, soak: 1s}}
    lifecycle: {{drain_deadline: 20s}}
)yaml"};

/// What one run of wrk counted.
struct Figures {
  long sent{0};
  long failed{0};
  std::string words{};
};

/// wrk, from its start until `finish`: every client sends the next request when it has the answer.
class Load {
 public:
  Load(const ScratchDirectory& directory, const std::string& url) {
    const std::string report{directory.write("report.lua", R"lua(
done = function(summary, latency, requests)
  local e = summary.errors
  io.write(string.format(
    '{"sent":%d,"status":%d,"connect":%d,"read":%d,"write":%d,"timeout":%d,' ..
    '"p50":%.1f,"p95":%.1f,"max":%.1f}\n',
    summary.requests, e.status, e.connect, e.read, e.write, e.timeout,
    latency:percentile(50) / 1000, latency:percentile(95) / 1000, latency.max / 1000))
end
)lua")};
    wrk_ = std::make_unique<ChildProcess>(std::vector<std::string>{
        "wrk", "--threads", "1", "--connections", std::to_string(clients), "--timeout", "10s",
        "--duration", "600s", "--script", report, url});
  }

  Figures finish() {
    wrk_->send_signal(SIGINT);
    REQUIRE(wrk_->wait_for_exit());
    const std::string output{wrk_->standard_output()};
    CAPTURE(output);
    const std::size_t at{output.rfind("{\"sent\"")};
    REQUIRE(at != std::string::npos);
    const json::value counted = json::parse(output.substr(at, output.find('\n', at) - at));
    Figures figures{.sent = counted.at("sent").as_int64()};
    for (const char* kind : {"status", "connect", "read", "write", "timeout"}) {
      figures.failed += counted.at(kind).as_int64();
    }
    figures.words = fmt::format(
        "{} requests, {} failed ({} by status, {} connecting, {} reading, {} writing, {} too "
        "late), p50 {:.0f} ms, p95 {:.0f} ms, slowest {:.0f} ms",
        figures.sent, figures.failed, counted.at("status").as_int64(),
        counted.at("connect").as_int64(), counted.at("read").as_int64(),
        counted.at("write").as_int64(), counted.at("timeout").as_int64(),
        counted.at("p50").to_number<double>(), counted.at("p95").to_number<double>(),
        counted.at("max").to_number<double>());
    return figures;
  }

 private:
  std::unique_ptr<ChildProcess> wrk_{};
};

/// How burst servers get into HAProxy.
enum class Servers { added, slots };

class Site {
 public:
  explicit Site(Servers servers) : servers_{servers} {
    start_base();
    start_haproxy();
    write_config(1, 50, burst_groups);
  }

  ~Site() {
    if (controller_) controller_->stop(std::chrono::seconds{30});
  }

  /// `capacity` is what the policy believes of a replica, in requests per second.
  void write_config(int version, int capacity, int most) {
    directory_.write(
        "spillway.yaml",
        fmt::format(fmt::runtime(config_template),
                    fmt::arg("directory", directory_.path().string()),
                    fmt::arg("port", spillway_.api_port()), fmt::arg("base", base_addresses_),
                    fmt::arg("slots", servers_ == Servers::slots ? ", slots: burst-" : ""),
                    fmt::arg("provider", cloud_.provider_section()), fmt::arg("version", version),
                    fmt::arg("capacity", capacity), fmt::arg("most", most)));
  }

  void start() { controller_ = spillway_.start(); }
  void reload() { controller_->send_signal(SIGHUP); }

  std::unique_ptr<Load> load() const {
    return std::make_unique<Load>(directory_, fmt::format("http://127.0.0.1:{}/", web_port_));
  }

  const SpillwayProgram& spillway() const { return spillway_; }
  std::string log() const { return controller_->standard_error(); }

  /// Requests that each of the burst servers has had, fewest first.
  std::vector<long> requests_of_burst_servers() const {
    std::istringstream rows{ask_haproxy("show stat -1 4 -1\n")};
    std::vector<long> counts{};
    for (std::string row{}; std::getline(rows, row);) {
      std::istringstream cells{row};
      std::vector<std::string> values{};
      for (std::string cell{}; std::getline(cells, cell, ',');) values.push_back(cell);
      if (values.size() < 18 || values[1].starts_with("base-") || values[0] != "web") continue;
      if (values[17].starts_with("UP")) counts.push_back(std::stol(values[7]));  // stot
    }
    std::ranges::sort(counts);
    return counts;
  }

  /// True once every one of `count` burst servers does its share.
  bool all_work(int count) const {
    const std::vector<long> counts{requests_of_burst_servers()};
    return std::ssize(counts) == count && counts.front() >= 50;
  }

 private:
  void start_base() {
    for (int i{0}; i < base_replicas; ++i) {
      base_.push_back(std::make_unique<ChildProcess>(
          std::vector<std::string>{program("DEMO_WORKLOAD"), "--listen", "127.0.0.1:0",
                                   "--service-time", "20ms", "--concurrency", "1"}));
      ChildProcess& replica{*base_.back()};
      REQUIRE(wait_until([&] { return replica.standard_output().ends_with('\n'); }));
      std::string address{replica.standard_output().substr(std::string{"http://"}.size())};
      address.pop_back();
      base_addresses_ += fmt::format("{}\"{}\"", i > 0 ? ", " : "", address);
      base_servers_ += fmt::format("  server base-{} {} check inter 1s weight 100\n", i, address);
    }
  }

  void start_haproxy() {
    const std::string slots{"  server-template burst- 12 127.0.0.1:9 check inter 1s disabled\n"};
    const std::string config{directory_.write(
        "haproxy.cfg", fmt::format(R"(global
  stats socket {}/haproxy.sock mode 600 level admin
defaults
  mode http
  timeout connect 2s
  timeout client 30s
  timeout server 15s
  timeout queue 10s
  retries 0
  option http-keep-alive
frontend web
  bind 127.0.0.1:{}
  default_backend web
backend web
  balance leastconn
  option httpchk GET /healthz
{}{})",
                                   directory_.path().string(), web_port_, base_servers_,
                                   servers_ == Servers::slots ? slots : ""))};
    haproxy_ = std::make_unique<ChildProcess>(
        std::vector<std::string>{find_program("haproxy").value_or("haproxy"), "-db", "-f", config});
    REQUIRE(wait_until([&] { return !ask_haproxy("show info\n").empty(); }));
  }

  /// What its runtime API says; empty if it does not listen yet.
  std::string ask_haproxy(const std::string& command) const {
    asio::io_context context{};
    asio::local::stream_protocol::socket socket{context};
    boost::system::error_code error{};
    socket.connect({(directory_.path() / "haproxy.sock").string()}, error);
    if (error) return {};
    asio::write(socket, asio::buffer(command), error);
    std::string answer{};
    asio::read(socket, asio::dynamic_buffer(answer), error);
    return answer;
  }

  Servers servers_;
  ScratchDirectory directory_{};
  std::uint16_t web_port_{free_port()};
  std::string base_addresses_{};
  std::string base_servers_{};
  std::vector<std::unique_ptr<ChildProcess>> base_{};
  EmulatedCloud cloud_{directory_, "--service-time, 20ms, --concurrency, \"1\""};
  std::unique_ptr<ChildProcess> haproxy_{};
  SpillwayProgram spillway_{(directory_.path() / "spillway.yaml").string()};
  std::unique_ptr<ChildProcess> controller_{};
};

bool has_programs() {
  for (const char* name : {"haproxy", "wrk"}) {
    if (find_program(name)) continue;
    skip_test(fmt::format("{0} is missing: apt-get install {0}", name));
    return false;
  }
  return true;
}

/// Ends the load of one phase and begins that of the next, without a pause between them.
Figures next_phase(const Site& site, std::unique_ptr<Load>& load) {
  auto next{site.load()};
  const Figures figures{load->finish()};
  load = std::move(next);
  return figures;
}

void check(const std::string& phase, const Figures& figures) {
  MESSAGE(phase << ": " << figures.words);
  CHECK(figures.failed == 0);
  CHECK(figures.sent > 500);
}

void tell_story(Servers servers) {
  Site site{servers};
  const SpillwayProgram& spillway{site.spillway()};
  const auto serving{[&] { return spillway.groups_in("serving"); }};

  auto load{site.load()};
  site.start();
  REQUIRE(wait_until([&] { return std::ssize(serving()) == burst_groups; }, patience));
  REQUIRE(wait_until([&] { return site.all_work(burst_groups); }, patience));
  const std::vector<std::string> first{serving()};
  check("burst up", next_phase(site, load));

  site.write_config(2, 50, burst_groups);
  site.reload();
  std::ptrdiff_t fewest{burst_groups};
  const auto is_through{[&] {
    const std::vector<std::string> now{serving()};
    fewest = std::min(fewest, std::ssize(now));
    std::vector<std::string> old{};
    std::ranges::set_intersection(now, first, std::back_inserter(old));
    return old.empty() && std::ssize(now) == burst_groups && spillway.count_in("draining") == 0;
  }};
  REQUIRE(wait_until(is_through, 2 * patience));
  REQUIRE(wait_until([&] { return site.all_work(burst_groups); }, patience));
  CHECK(fewest == burst_groups);
  check("rolling update", next_phase(site, load));

  // Replicas that do more are wanted less, while the clients go on as before.
  site.write_config(2, 5000, burst_groups);
  site.reload();
  REQUIRE(wait_until([&] { return spillway.status().at("groups").as_array().empty(); }, patience));
  CHECK(wait_until([&] { return site.requests_of_burst_servers().empty(); }, patience));
  check("scale-in", load->finish());

  CHECK(site.log().find("DrainDeadline") == std::string::npos);  // all ended by themselves
  CHECK(site.log().find("TemplateRejected") == std::string::npos);
}

TEST_CASE("no request fails while the burst comes, is replaced and goes: servers that are added") {
  if (has_programs()) tell_story(Servers::added);
}

TEST_CASE("no request fails while the burst comes, is replaced and goes: slots of a template") {
  if (has_programs()) tell_story(Servers::slots);
}

}  // namespace
}  // namespace spillway::testing
