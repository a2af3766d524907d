// What the config makes of servers outside: what workers have in hand, and probes, over real
// sockets.
#include <boost/asio/co_spawn.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "controller/io/http_server.hpp"
#include "controller/wiring/metric_family.hpp"
#include "tests/support/certificates.hpp"
#include "tests/support/printing_core.hpp"

namespace spillway::testing::outside_test {
namespace {

namespace asio = boost::asio;

/// Answers every query with one worker that has two jobs, and remembers what it was asked.
class Prometheus {
 public:
  explicit Prometheus(wiring::Outside& outside) {
    io::HttpHandler handler{[this](io::HttpRequest request) { return answer(std::move(request)); }};
    auto server = io::start_http_server(outside.context, outside.clock, {}, std::move(handler));
    REQUIRE(server);
    server_ = std::move(*server);
  }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(server_->port()); }

  std::string asked{};

 private:
  asio::awaitable<io::HttpReply> answer(io::HttpRequest request) {
    asked += request.url.target + "\n" + request.body + "\n";
    io::HttpResponse response{};
    response.headers.set("Content-Type", "application/json");
    const auto now_s =
        std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
    response.body = R"({"status":"success","data":{"resultType":"vector","result":[{"metric":)"
                    R"({"instance":"10.0.0.4:9102"},"value":[)" +
                    std::to_string(now_s) + R"(,"2"]}]}})";
    co_return io::HttpReply{std::move(response)};
  }

  std::unique_ptr<io::HttpServer> server_{};
};

settings::Config measured(const std::string& url) {
  settings::Config config{};
  PrometheusSettings prometheus{};
  prometheus.urls = {url};
  config.metric_sources["prom"].settings = prometheus;
  settings::WorkloadConfig& workload{config.workloads["jobs"]};
  workload.labels = {{"team", "blue"}};
  workload.replica.has_busy = true;
  workload.replica.busy.from.query = "busy_of_{{workload}}_{{team}}";
  config.workloads["web"] = {};
  return config;
}

TEST_CASE("replica.busy asks its source, with the workload's labels in the query") {
  wiring::Outside outside{};
  Prometheus prometheus{outside};
  const auto reader{wiring::make_work_reader(outside, measured(prometheus.url()))};
  REQUIRE(reader);
  std::optional<std::map<std::string, WorkInHand>> work{};
  asio::co_spawn(
      outside.context,
      (*reader)->read({"jobs", "web"}, io::deadline_after(outside.clock, std::chrono::seconds{10})),
      [&](std::exception_ptr, std::map<std::string, WorkInHand> answer) { work = answer; });
  while (!work && outside.context.run_one() > 0) {
  }
  REQUIRE(work);
  REQUIRE(work->contains("jobs"));
  CHECK_FALSE(work->contains("web"));
  CHECK(work->at("jobs").at("10.0.0.4:9102").jobs == 2.0);
  CHECK(prometheus.asked.find("busy_of_jobs_blue") != std::string::npos);
}

TEST_CASE("replicas are probed over TLS whatever their certificate, and plainly where not told") {
  wiring::Outside outside{};
  const Certificate own{Authority{"nobody knows"}.issue("DNS:shop.internal")};
  io::HttpServerOptions options{};
  options.tls = io::TlsServerOptions{.certificate_pem = own.certificate_pem,
                                     .key_pem = io::Secret{own.key_pem}};
  io::HttpHandler handler{[](io::HttpRequest) -> asio::awaitable<io::HttpReply> {
    io::HttpResponse well{};
    co_return io::HttpReply{std::move(well)};
  }};
  const auto server{io::start_http_server(outside.context, outside.clock, std::move(options),
                                          std::move(handler))};
  REQUIRE(server);
  for (const std::string scheme : {"https", "http"}) {
    CAPTURE(scheme);
    io::ProbeTarget target{.ip = "127.0.0.1", .port = (*server)->port(), .path = "/healthz"};
    target.scheme = scheme;
    std::optional<Result<void>> answer{};
    asio::co_spawn(
        outside.context,
        outside.prober->probe(target, io::deadline_after(outside.clock, std::chrono::seconds{10})),
        [&](std::exception_ptr, Result<void> told) { answer = told; });
    while (!answer && outside.context.run_one() > 0) {
    }
    REQUIRE(answer);
    CHECK(answer->has_value() == (scheme == "https"));
  }
}

TEST_CASE("replica.busy of a source that is not there, or with an unknown label, is an error") {
  wiring::Outside outside{};
  settings::Config config{measured("http://127.0.0.1:9")};
  config.workloads["jobs"].replica.busy.from.source = "other";
  const auto nowhere{wiring::make_work_reader(outside, config)};
  REQUIRE_FALSE(nowhere);
  CHECK(nowhere.error().context.find("workload `jobs`, replica.busy") != std::string::npos);
  config = measured("http://127.0.0.1:9");
  config.workloads["jobs"].labels.clear();
  CHECK_FALSE(wiring::make_work_reader(outside, config));
}

}  // namespace
}  // namespace spillway::testing::outside_test
