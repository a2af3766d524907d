// The Prometheus source against the real Prometheus, which scrapes a stub exporter of ours.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "metrics/prometheus/prometheus_source.hpp"
#include "metrics/signal_reader.hpp"
#include "tests/io/http_world.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/skip.hpp"

namespace spillway {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using testing::ChildProcess;
using testing::find_program;
using testing::free_port;
using testing::ScratchDirectory;

constexpr std::string_view page{
    "# TYPE app_load gauge\n"
    "app_load{service=\"web\",pod=\"a\"} 40\n"
    "app_load{service=\"web\",pod=\"b\"} 2\n"
    "app_load{service=\"api\",pod=\"a\"} 7\n"
    "# TYPE app_late gauge\n"
    "app_late{service=\"web\"} NaN\n"};

/// A real clock, a stub exporter, and Prometheus scraping it each second.
class World {
 public:
  explicit World(const std::string& prometheus) {
    auto started{io::start_http_server(context_, clock_, {},
                                       [](io::HttpRequest) -> asio::awaitable<io::HttpReply> {
                                         io::HttpResponse response{.body = std::string{page}};
                                         response.headers.set("Content-Type", "text/plain");
                                         co_return response;
                                       })};
    REQUIRE(started);
    exporter_ = std::move(*started);
    const std::string config{scratch_.write(
        "prometheus.yml", fmt::format("global: {{scrape_interval: 1s, scrape_timeout: 1s}}\n"
                                      "scrape_configs:\n"
                                      "- job_name: app\n"
                                      "  static_configs: [{{targets: ['127.0.0.1:{}']}}]\n",
                                      exporter_->port()))};
    port_ = free_port();
    prometheus_ = std::make_unique<ChildProcess>(
        std::vector<std::string>{prometheus, "--config.file=" + config,
                                 "--storage.tsdb.path=" + (scratch_.path() / "data").string(),
                                 fmt::format("--web.listen-address=127.0.0.1:{}", port_)});
    auto made{prometheus::make_prometheus_source(context_, clock_, "prom", {.urls = {url()}})};
    REQUIRE(made);
    source_ = std::move(*made);
  }

  std::string url() const { return fmt::format("http://127.0.0.1:{}", port_); }
  MetricSource& source() { return *source_; }
  std::shared_ptr<MetricSource> shared_source() { return source_; }
  io::Clock& clock() { return clock_; }
  io::Deadline soon() const { return io::deadline_after(clock_, 5s); }
  std::string log() const { return prometheus_->standard_error(); }

  template <class T>
  T run(asio::awaitable<T> operation) {
    std::optional<T> answer{};
    asio::co_spawn(context_, std::move(operation), [&](std::exception_ptr thrown, T value) {
      if (thrown) std::rethrow_exception(thrown);
      answer.emplace(std::move(value));
    });
    context_.restart();
    while (!answer) context_.run_one();
    return std::move(*answer);
  }

  std::vector<Result<Answer>> read(std::vector<Query> queries) {
    return run(source_->read(std::move(queries), soon()));
  }

  /// Waits, while the exporter serves, until Prometheus has scraped it.
  bool is_ready() {
    const TimePoint limit{clock_.now() + 60s};
    while (clock_.now() < limit && prometheus_->is_running()) {
      const auto answers{read({{.text = "count(app_load) == 3"}})};
      if (answers[0] && !answers[0]->samples.empty()) return true;
      const TimePoint next{clock_.now() + 50ms};
      REQUIRE(run(clock_.sleep_until(next)));
    }
    return false;
  }

 private:
  asio::io_context context_{};
  io::RealClock clock_{context_};
  ScratchDirectory scratch_{};
  std::unique_ptr<io::HttpServer> exporter_{};
  std::uint16_t port_{0};
  std::unique_ptr<ChildProcess> prometheus_{};
  std::shared_ptr<MetricSource> source_{};
};

TEST_CASE("the real Prometheus answers as the parser expects") {
  const auto program{find_program("prometheus")};
  if (!program) return testing::skip_test("prometheus is missing: apt-get install prometheus");
  World world{*program};
  CAPTURE(world.log());
  REQUIRE(world.is_ready());

  const auto answers{
      world.read({{.text = "sum(app_load)"},
                  {.text = "42"},
                  {.text = "app_load"},
                  {.text = "sum by (service) (app_load)", .join_label = "service"},
                  {.text = "app_load", .join_label = "service"},
                  {.text = "nothing_like_this"},
                  {.text = "app_load[1m]"},
                  {.text = "sum(app_load"},
                  {.text = "sum(app_load) / 0"},
                  {.text = "max by (service) (timestamp(app_load))", .join_label = "service"}})};
  CHECK(answers[0]->samples.at("").value == 49.0);
  CHECK(answers[1]->samples.at("").value == 42.0);
  CHECK(answers[2].error().context.find("returned 3 series") != std::string::npos);
  CHECK(answers[3]->samples.at("web").value == 42.0);
  CHECK(answers[3]->samples.at("api").value == 7.0);
  // Only who is in it twice is in doubt.
  CHECK(answers[4]->samples.at("api").value == 7.0);
  CHECK(answers[4]->faults.at("web").find("which differ in pod") != std::string::npos);
  CHECK(answers[5]->samples.empty());
  CHECK(answers[6].error().context.find("range vector") != std::string::npos);
  CHECK(answers[7].error().code == Errc::bad_request);
  CHECK(answers[7].error().context.find("parse error") != std::string::npos);
  CHECK(answers[8]->samples.at("").value == std::numeric_limits<double>::infinity());
  const double age_s{seconds(world.clock().now().time_since_epoch()) -
                     answers[9]->samples.at("web").value};
  CHECK(age_s >= 0.0);
  CHECK(age_s < 60.0);
}

TEST_CASE(
    "where a shared query joins in PromQL, Prometheus itself refuses for all, naming the group") {
  const auto program{find_program("prometheus")};
  if (!program) return testing::skip_test("prometheus is missing: apt-get install prometheus");
  World world{*program};
  CAPTURE(world.log());
  REQUIRE(world.is_ready());
  const auto answers{world.read(
      {{.text = "sum by (service) (app_load) / on (service) app_load", .join_label = "service"}})};
  REQUIRE(!answers[0]);
  CHECK(answers[0].error().code == Errc::bad_request);
  CHECK(answers[0].error().context.find("match group {service=\"web\"}") != std::string::npos);
}

TEST_CASE("the clock of the real Prometheus on this machine agrees with ours") {
  const auto program{find_program("prometheus")};
  if (!program) return testing::skip_test("prometheus is missing: apt-get install prometheus");
  World world{*program};
  CAPTURE(world.log());
  REQUIRE(world.is_ready());
  REQUIRE(world.source().clock_ahead());
  CHECK(std::chrono::abs(*world.source().clock_ahead()) <= 5s);
}

TEST_CASE(
    "readings of the real Prometheus are fresh, with the age that the freshness query tells") {
  const auto program{find_program("prometheus")};
  if (!program) return testing::skip_test("prometheus is missing: apt-get install prometheus");
  World world{*program};
  CAPTURE(world.log());
  REQUIRE(world.is_ready());

  const auto planned{plan_reads(
      {{.workload = "web",
        .signals = {{"load",
                     {.query = "sum(app_load{service=\"{{workload}}\"})",
                      .freshness_query = "max(timestamp(app_load{service=\"{{workload}}\"}))"}},
                    {"late", {.query = "app_late{service=\"{{workload}}\"}"}}}},
       {.workload = "other"}},
      {{.from = {.query = "sum by (service) (app_load)"},
        .join_label = "service",
        .signal = "queue"}},
      {"prom"})};
  REQUIRE(planned.problems.empty());
  SignalReader reader{world.clock(), {world.shared_source()}, planned.plan};
  const auto readings{world.run(reader.read(world.soon()))};
  CHECK(readings.at("web")["load"].fresh_value() == 42.0);
  CHECK(readings.at("web")["load"].sampled_at() < world.clock().now());
  CHECK(readings.at("web")["queue"].fresh_value() == 42.0);
  CHECK(readings.at("web")["late"].quality() == Quality::missing);
  CHECK(readings.at("web")["late"].why().find("NaN") != std::string::npos);
  CHECK(readings.at("other")["queue"].quality() == Quality::missing);
  CHECK(reader.health()[0].state == SourceState::ok);
}

}  // namespace
}  // namespace spillway
