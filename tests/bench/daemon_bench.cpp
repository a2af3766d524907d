// What a running `spillway` costs and how fast it is: a real process, whose Prometheus and Azure
// are this program, so that both ends of the way are seen with one clock.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "controller/io/http_server.hpp"
#include "tests/support/child_process.hpp"

namespace asio = boost::asio;

namespace spillway::bench {
namespace {

using Instant = std::chrono::steady_clock::time_point;
using testing::ChildProcess;
using testing::ScratchDirectory;

constexpr std::chrono::seconds patience{60};

/// Prometheus and Azure at once: answers every query with one load for all workloads, and every
/// create with a group that is being made.
class Outside {
 public:
  explicit Outside(int workloads) : workloads_{workloads} {
    io::HttpServerOptions options{};
    options.body_limit = 8 * 1024 * 1024;
    auto server{io::start_http_server(context_, clock_, options, [this](io::HttpRequest request) {
      return serve(std::move(request));
    })};
    if (!server) throw std::runtime_error{to_string(server.error())};
    server_ = std::move(*server);
  }

  std::string url() const { return fmt::format("http://127.0.0.1:{}", server_->port()); }

  /// From now on; the base of each workload holds 24 requests per second.
  void set_load(double per_second) { load_ = per_second; }

  /// Serves `process` until `holds`; throws std::runtime_error, with the last of what it wrote, if
  /// it ends before or that takes too long.
  void run_until(ChildProcess& process, const std::function<bool()>& holds) {
    const Instant limit{std::chrono::steady_clock::now() + patience};
    context_.restart();
    while (!holds()) {
      context_.run_for(std::chrono::milliseconds{20});
      if (process.is_running() && std::chrono::steady_clock::now() < limit) continue;
      const std::string words{process.standard_error()};
      throw std::runtime_error{
          "spillway ended, or takes too long: " +
          words.substr(words.size() - std::min<std::size_t>(words.size(), 2000))};
    }
  }

  std::optional<Instant> saturated_answer{};  ///< when the first sample of a load above 24 went out
  std::optional<Instant> first_create{};      ///< when the first PUT of a group came in
  int queries{0};

 private:
  asio::awaitable<io::HttpReply> serve(io::HttpRequest request) {
    const std::string_view target{request.url.target};
    if (target.starts_with("/api/v1/query")) {
      ++queries;
      if (load_ > 24.0 && !saturated_answer) saturated_answer = std::chrono::steady_clock::now();
      co_return json(200, vector());
    }
    if (target.find("/oauth2/") != target.npos) {
      co_return json(200, R"({"token_type":"Bearer","expires_in":3600,"access_token":"t"})");
    }
    if (request.method == "PUT" && target.find("/containerGroups/") != target.npos) {
      if (!first_create) first_create = std::chrono::steady_clock::now();
      co_return json(503, R"({"error":{"code":"ServerBusy","message":"measured, not made"}})");
    }
    co_return json(200, R"({"value":[]})");
  }

  static io::HttpReply json(int status, std::string body) {
    io::HttpResponse response{};
    response.status = status;
    response.headers.set("Content-Type", "application/json");
    response.body = std::move(body);
    return response;
  }

  std::string vector() const {
    std::string rows{};
    for (int index{0}; index < workloads_; ++index) {
      rows += fmt::format(R"({}{{"metric":{{"app":"w{}"}},"value":[{},"{}"]}})",
                          index > 0 ? "," : "", index, std::time(nullptr), load_);
    }
    return R"({"status":"success","data":{"resultType":"vector","result":[)" + rows + "]}}";
  }

  asio::io_context context_{};
  io::RealClock clock_{context_};
  std::unique_ptr<io::HttpServer> server_{};
  int workloads_;
  double load_{10.0};
};

std::string config(const ScratchDirectory& directory, const std::string& url, int workloads) {
  std::string text{fmt::format(R"yaml(
mode: act
owner: bench
interval: 1s
state: {{directory: {0}/state}}
api: {{listen: "127.0.0.1:{2}"}}
metric_sources:
  prometheus: {{type: prometheus, urls: ["{1}"]}}
shared_queries:
  - {{signal: load, source: prometheus, query: sum by (app) (load), join_label: app}}
clusters:
  vms: {{type: static_vms, count: 3}}
provider:
  type: aci
  endpoint: {1}
  authority: {1}
  subscription: 00000000-0000-0000-0000-000000000000
  resource_group: bench
  region: eastus
  tenant: 11111111-1111-1111-1111-111111111111
  client_id: 22222222-2222-2222-2222-222222222222
  client_secret: any
workloads:
)yaml",
                               directory.path().string(), url, testing::free_port())};
  for (int index{0}; index < workloads; ++index) {
    text += fmt::format(R"yaml(
  w{}:
    cluster: vms
    policies: [{{type: target_utilization, target_utilization: 80%, replica_capacity: 10/s}}]
    limits: {{max_burst: 10}}
    replica: {{image: "demo/web:1", port: 8000, vcpu: 1, memory: 1.5 GB, probe: {{http: /}}}}
)yaml",
                        index);
  }
  return text;
}

/// Resident memory of a process, in MiB.
double resident_mib(pid_t process) {
  std::ifstream file{fmt::format("/proc/{}/statm", process)};
  double pages{0};
  file >> pages >> pages;
  return pages * static_cast<double>(::sysconf(_SC_PAGESIZE)) / (1024.0 * 1024.0);
}

std::unique_ptr<ChildProcess> start(const std::string& spillway, const std::string& config) {
  return std::make_unique<ChildProcess>(
      std::vector<std::string>{spillway, "run", "--config", config});
}

double milliseconds_between(Instant from, Instant to) {
  return std::chrono::duration<double, std::milli>(to - from).count();
}

void measure_reaction(const std::string& spillway) {
  std::vector<double> reactions{};
  std::vector<double> starts{};
  for (int run{0}; run < 10; ++run) {
    const ScratchDirectory directory{};
    Outside outside{1};
    const std::string path{directory.write("spillway.yaml", config(directory, outside.url(), 1))};
    {
      const Instant began{std::chrono::steady_clock::now()};
      const auto warm{start(spillway, path)};
      outside.run_until(*warm, [&] { return outside.queries > 0; });
      starts.push_back(milliseconds_between(began, std::chrono::steady_clock::now()));
    }
    const auto process{start(spillway, path)};
    const int before{outside.queries};
    outside.run_until(*process, [&] { return outside.queries >= before + 3; });
    outside.set_load(60.0);
    outside.run_until(*process, [&] { return outside.first_create.has_value(); });
    reactions.push_back(milliseconds_between(*outside.saturated_answer, *outside.first_create));
  }
  for (auto* times : {&reactions, &starts}) std::ranges::sort(*times);
  fmt::print(
      "saturated sample answered -> create request in: median {:.1f} ms, worst of 10 {:.1f} ms\n",
      reactions[5], reactions.back());
  fmt::print("process started -> first query: median {:.0f} ms, worst of 10 {:.0f} ms\n", starts[5],
             starts.back());
}

void measure_memory(const std::string& spillway, int workloads, int ticks) {
  const ScratchDirectory directory{};
  Outside outside{workloads};
  const auto process{start(
      spillway, directory.write("spillway.yaml", config(directory, outside.url(), workloads)))};
  outside.run_until(*process, [&] { return outside.queries >= ticks; });
  fmt::print("resident memory, {} workloads, nothing to do, {} ticks: {:.1f} MiB\n", workloads,
             ticks, resident_mib(process->pid()));
}

}  // namespace
}  // namespace spillway::bench

int main() {
  const char* const spillway{std::getenv("SPILLWAY")};
  if (!spillway) {
    std::fputs("SPILLWAY has to name the program; `meson test --benchmark daemon` does\n", stderr);
    return 2;
  }
  try {
    spillway::bench::measure_reaction(spillway);
    for (const auto& [workloads, ticks] : {std::pair{1, 10}, {100, 10}, {10'000, 10}}) {
      spillway::bench::measure_memory(spillway, workloads, ticks);
    }
  } catch (const std::exception& error) {
    fmt::print(stderr, "daemon_bench: {}\n", error.what());
    return 1;
  }
  return 0;
}
