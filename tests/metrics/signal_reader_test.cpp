#include "metrics/signal_reader.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <boost/asio/io_context.hpp>
#include <cmath>
#include <ctime>
#include <optional>

#include "tests/support/caught_log.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/printing.hpp"

namespace spillway::signal_reader_test {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using testing::ManualClock;

/// A source that answers from a table after a while, and remembers what it was asked.
class FakeSource final : public MetricSource {
 public:
  FakeSource(io::Clock& clock, std::string name) : clock_{clock}, name_{std::move(name)} {}

  const std::string& name() const override { return name_; }

  asio::awaitable<std::vector<Result<Answer>>> read(std::vector<Query> queries,
                                                    io::Deadline) override {
    asked.push_back(queries);
    const auto slept = co_await clock_.sleep_until(clock_.now() + delay);
    std::vector<Result<Answer>> found{};
    for (const Query& query : queries) {
      const auto answer{answers.find(query.text)};
      if (refused.contains(query.text)) {
        found.emplace_back(Error{Errc::bad_request, refused.at(query.text)});
      } else if (!slept || answer == answers.end()) {
        found.emplace_back(Error{Errc::unavailable, "refused"});
      } else {
        found.emplace_back(answer->second);
      }
    }
    co_return found;
  }

  std::optional<Duration> clock_ahead() const override { return ahead; }

  std::map<std::string, Answer> answers{};
  std::map<std::string, std::string> refused{};  ///< why, by query
  std::vector<std::vector<Query>> asked{};
  Duration delay{0};
  std::optional<Duration> ahead{};

 private:
  io::Clock& clock_;
  std::string name_;
};

Answer value(double number, TimePoint at, std::string key = "") {
  return {.samples = {{std::move(key), {.value = number, .sampled_at = at}}}};
}

SignalSettings from(std::string source, std::string query) {
  return {.source = std::move(source), .query = std::move(query)};
}

struct World {
  asio::io_context context{};
  ManualClock clock{context};
  std::shared_ptr<FakeSource> p{std::make_shared<FakeSource>(clock, "p")};
  std::shared_ptr<FakeSource> q{std::make_shared<FakeSource>(clock, "q")};

  SignalReader reader(const std::vector<WorkloadSignals>& workloads,
                      const std::vector<SharedQuerySettings>& shared = {}) {
    auto planned{plan_reads(workloads, shared, {"p", "q"})};
    REQUIRE(planned.problems.empty());
    return {clock, {p, q}, std::move(planned.plan)};
  }

  std::map<std::string, Readings> read(SignalReader& reader) {
    return clock.run(reader.read(io::deadline_after(clock, 5s)));
  }
};

TEST_CASE("readings of several sources come together, the sources asked at once") {
  World world{};
  world.p->answers = {{"a", value(1.0, testing::monday_noon)}};
  world.q->answers = {{"b", value(2.0, testing::monday_noon)}};
  world.p->delay = world.q->delay = 3s;
  auto reader{world.reader(
      {{.workload = "web", .signals = {{"load", from("p", "a")}, {"queue", from("q", "b")}}}})};
  const auto readings{world.read(reader)};
  CHECK(world.clock.now() == testing::monday_noon + 3s);
  CHECK(readings.at("web")["load"].fresh_value() == 1.0);
  CHECK(readings.at("web")["queue"].fresh_value() == 2.0);
}

TEST_CASE("a source that is down leaves the others' readings alone and shows stale values") {
  World world{};
  world.p->answers = {{"a", value(1.0, testing::monday_noon)}};
  world.q->answers = {{"b", value(2.0, testing::monday_noon)}};
  auto reader{world.reader(
      {{.workload = "web", .signals = {{"load", from("p", "a")}, {"queue", from("q", "b")}}}})};
  world.read(reader);
  world.p->answers.clear();
  const auto readings{world.read(reader)};
  CHECK(readings.at("web")["load"] ==
        Reading::stale(1.0, testing::monday_noon, "p: Unavailable: refused"));
  CHECK(readings.at("web")["queue"].is_fresh());
}

TEST_CASE("a workload without signals has readings, all missing") {
  World world{};
  auto reader{world.reader({{.workload = "web"}})};
  const auto readings{world.read(reader)};
  CHECK(readings.at("web")["load"].quality() == Quality::missing);
  CHECK(world.p->asked.empty());
}

TEST_CASE("health tells since when a source fails, and that it recovered") {
  World world{};
  world.p->answers = {{"a", value(1.0, testing::monday_noon)}};
  auto reader{world.reader(
      {{.workload = "web", .signals = {{"load", from("p", "a")}, {"late", from("p", "b")}}}})};
  CHECK(reader.health()[0].state == SourceState::unknown);
  world.read(reader);
  CHECK(reader.health()[0].state == SourceState::degraded);
  CHECK(reader.health()[0].trouble == "Unavailable: refused");
  world.p->answers.clear();
  world.clock.advance_by(10s);
  world.read(reader);
  world.clock.advance_by(10s);
  world.read(reader);
  CHECK(reader.health()[0].state == SourceState::failing);
  CHECK(reader.health()[0].since == testing::monday_noon + 10s);
  CHECK(reader.health()[0].reads_in_state == 2);
  CHECK(reader.health()[0].answered_at == testing::monday_noon);
  world.p->answers = {{"a", value(1.0, world.clock.now())}, {"b", value(0.0, world.clock.now())}};
  world.read(reader);
  CHECK(reader.health()[0].state == SourceState::ok);
  CHECK(reader.health()[0].trouble.empty());
  CHECK(reader.health()[1].state == SourceState::unknown);
}

TEST_CASE("what was known survives a reload of the config, by workload and signal") {
  World world{};
  world.p->answers = {{"a", value(1.0, testing::monday_noon)}};
  auto before{world.reader({{.workload = "web", .signals = {{"load", from("p", "a")}}}})};
  world.read(before);
  auto after{world.reader({{.workload = "api", .signals = {{"load", from("p", "gone")}}},
                           {.workload = "web", .signals = {{"load", from("p", "gone")}}}})};
  after.remember(before);
  const auto readings{world.read(after)};
  CHECK(readings.at("web")["load"].last_value() == 1.0);
  CHECK(readings.at("api")["load"].quality() == Quality::missing);
}

TEST_CASE("the doubts of a tick are counted") {
  World world{};
  world.p->answers = {{"all", value(1.0, testing::monday_noon, "a")}};
  auto reader{world.reader({{.workload = "a"}, {.workload = "b"}, {.workload = "c"}},
                           {{.from = from("p", "all"), .join_label = "s", .signal = "load"}})};
  world.read(reader);
  CHECK(reader.doubts()[static_cast<std::size_t>(Doubt::none)] == 1);
  CHECK(reader.doubts()[static_cast<std::size_t>(Doubt::no_series_for_label)] == 2);
}

TEST_CASE("a workload with two series in a shared query is in doubt, the others read on") {
  World world{};
  const testing::CaughtLog log{};
  Answer answer{value(1.0, testing::monday_noon, "api")};
  answer.faults["web"] = "several series have s=\"web\", which differ in pod";
  world.p->answers = {{"all", answer}};
  auto reader{world.reader({{.workload = "api"}, {.workload = "web"}},
                           {{.from = from("p", "all"), .join_label = "s", .signal = "load"}})};
  const auto readings{world.read(reader)};
  CHECK(readings.at("api")["load"].fresh_value() == 1.0);
  CHECK(readings.at("web")["load"].quality() == Quality::missing);
  CHECK(readings.at("web")["load"].why().find("differ in pod") != std::string::npos);
  CHECK(reader.doubts()[static_cast<std::size_t>(Doubt::several_series)] == 1);
  CHECK(reader.health()[0].state == SourceState::degraded);
}

TEST_CASE("NaN readings and a clock that is off were told by metrics alone") {
  World world{};
  const testing::CaughtLog log{};
  auto reader{world.reader({{.workload = "a"}, {.workload = "b"}, {.workload = "c"}},
                           {{.from = from("p", "all"), .join_label = "s", .signal = "late"}})};
  const auto round{[&](double number) {
    Answer answer{};
    for (const char* const each : {"a", "b", "c"}) {
      answer.samples[each] = {.value = number, .sampled_at = world.clock.now()};
    }
    world.p->answers = {{"all", answer}};
    world.read(reader);
    world.clock.advance_by(15s);
  }};
  round(1.0);
  CHECK(log.text().empty());
  world.p->ahead = 10min;
  for (int i{0}; i < 8; ++i) round(std::nan(""));
  CHECK(log.count("ReadingsDoubted") == 1);  // for three workloads and eight rounds
  CHECK(log.text().find("\"doubt\":\"NotANumber\",\"count\":3,\"workloads\":\"a, b, c\"") !=
        std::string::npos);
  CHECK(log.text().find("clamp_min") != std::string::npos);
  CHECK(log.count("ClocksDiffer") == 1);
  CHECK(log.text().find("\"its_clock_is\":\"ahead\",\"by\":\"10m\"") != std::string::npos);
  world.p->ahead = 0s;
  for (int i{0}; i < 30; ++i) round(1.0);
  CHECK(log.count("ReadingsBelieved") == 1);
  CHECK(log.count("ClocksAgree") == 1);
  round(std::nan(""));
  CHECK(log.count("ReadingsDoubted") == 2);
}

TEST_CASE("a reading that is NaN whenever it rests is not told each time, nor others that join") {
  World world{};
  const testing::CaughtLog log{};
  auto reader{world.reader({{.workload = "a"}, {.workload = "b"}},
                           {{.from = from("p", "all"), .join_label = "s", .signal = "late"}})};
  for (int i{0}; i < 80; ++i) {  // 20 minutes, by turns
    Answer answer{};
    answer.samples["a"] = {.value = i % 2 == 0 ? std::nan("") : 1.0,
                           .sampled_at = world.clock.now()};
    answer.samples["b"] = {.value = i > 3 ? std::nan("") : 1.0, .sampled_at = world.clock.now()};
    world.p->answers = {{"all", answer}};
    world.read(reader);
    world.clock.advance_by(15s);
  }
  CHECK(log.count("ReadingsDoubted") == 2);  // `a` at once, and once that `b` has joined
  CHECK(log.count("ReadingsBelieved") == 0);
}

TEST_CASE("a join that Prometheus refuses blinded a workload, and the log did not say which") {
  World world{};
  const testing::CaughtLog log{};
  world.p->answers = {{"a", value(1.0, testing::monday_noon)}};
  world.p->refused = {{"b", "many-to-many matching not allowed"}};
  auto reader{world.reader({{.workload = "good", .signals = {{"load", from("p", "a")}}},
                            {.workload = "web", .signals = {{"load", from("p", "b")}}}})};
  for (int i{0}; i < 3; ++i) world.read(reader);
  CHECK(log.count("ReadingsDoubted") == 1);
  CHECK(log.text().find("\"signal\":\"load\",\"doubt\":\"SourceFailed\",\"count\":1,"
                        "\"workloads\":\"web\",\"why\":\"p: BadRequest: many-to-many") !=
        std::string::npos);
  CHECK(log.text().find("correct the query") != std::string::npos);
}

TEST_CASE("a source that is down is told once, as itself, and not for each workload") {
  World world{};
  const testing::CaughtLog log{};
  auto reader{world.reader({{.workload = "web", .signals = {{"load", from("p", "a")}}}})};
  world.read(reader);
  CHECK(log.count("SourceFailing") == 1);
  CHECK(log.count("ReadingsDoubted") == 0);
}

TEST_CASE("a reload tells nothing anew of what goes on") {
  World world{};
  const testing::CaughtLog log{};
  world.p->answers = {{"a", value(std::nan(""), testing::monday_noon)}};
  world.p->ahead = -1min;
  const std::vector<WorkloadSignals> web{
      {.workload = "web", .signals = {{"load", from("p", "a")}}}};
  auto before{world.reader(web)};
  world.read(before);
  auto after{world.reader(web)};
  after.remember(before);
  world.read(after);
  CHECK(log.count("ReadingsDoubted") == 1);
  CHECK(log.count("ClocksDiffer") == 1);
}

TEST_CASE("10 000 workloads on three shared queries take three questions and little time") {
  World world{};
  std::vector<WorkloadSignals> workloads{};
  Answer all{};
  for (int i{0}; i < 10'000; ++i) {
    workloads.push_back({.workload = fmt::format("workload-number-{:05}", i)});
    all.samples.emplace(workloads.back().workload,
                        Sample{.value = 1.0 * i, .sampled_at = testing::monday_noon});
  }
  std::vector<SharedQuerySettings> shared{};
  for (const auto* signal : {"load", "queue", "utilization"}) {
    shared.push_back({.from = from("p", signal), .join_label = "s", .signal = signal});
    world.p->answers[signal] = all;
  }
  auto reader{world.reader(workloads, shared)};
  world.read(reader);
  const std::clock_t begin{std::clock()};  // of this process: other load does not count
  const auto readings{world.read(reader)};
  const auto took_ms{1000 * (std::clock() - begin) / CLOCKS_PER_SEC};
  CHECK(world.p->asked.back().size() == 3);
  CHECK(readings.size() == 10'000);
  CHECK(readings.at("workload-number-04711")["queue"].fresh_value() == 4711.0);
  MESSAGE("30 000 readings took ", took_ms, " ms of CPU");
}

}  // namespace
}  // namespace spillway::signal_reader_test
