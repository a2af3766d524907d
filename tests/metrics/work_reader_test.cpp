#include "metrics/work_reader.hpp"

#include <doctest/doctest.h>

#include <boost/asio/io_context.hpp>
#include <limits>

#include "tests/support/manual_clock.hpp"
#include "tests/support/printing.hpp"

namespace spillway::work_reader_test {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using testing::ManualClock;
using testing::monday_noon;

/// Answers from a table, and remembers what it was asked.
class Table final : public MetricSource {
 public:
  const std::string& name() const override { return name_; }
  asio::awaitable<std::vector<Result<Answer>>> read(std::vector<Query> queries,
                                                    io::Deadline) override {
    std::vector<Result<Answer>> found{};
    for (const Query& query : queries) {
      asked.push_back(query);
      const auto answer{answers.find(query.text)};
      if (answer == answers.end()) {
        found.emplace_back(Error{Errc::unavailable, "refused"});
      } else {
        found.emplace_back(answer->second);
      }
    }
    co_return found;
  }

  std::map<std::string, Answer> answers{};
  std::vector<Query> asked{};

 private:
  std::string name_{"prom"};
};

struct World {
  asio::io_context context{};
  ManualClock clock{context};
  std::shared_ptr<Table> source{std::make_shared<Table>()};

  std::map<std::string, WorkInHand> read(WorkSettings settings, std::set<std::string> workloads) {
    WorkReader reader{clock, {source}, {{.workload = "jobs", .source = 0, .settings = settings}}};
    return clock.run(reader.read(std::move(workloads), io::deadline_after(clock, 5s)));
  }
};

WorkSettings usual() {
  return {.from = {.query = "busy", .stale_after = 60s}, .label = "pod"};
}

Sample at(double value, TimePoint sampled_at) {
  return {.value = value, .sampled_at = sampled_at};
}

TEST_CASE("each replica's jobs come back under its label") {
  World world{};
  world.source->answers["busy"].samples = {{"10.0.0.4:9102", at(0.0, monday_noon)},
                                           {"10.0.0.5:9102", at(2.0, monday_noon)}};
  const auto work{world.read(usual(), {"jobs", "web"})};
  CHECK(work.size() == 1);
  CHECK(work.at("jobs").at("10.0.0.4:9102").jobs == 0.0);
  CHECK(work.at("jobs").at("10.0.0.5:9102").jobs == 2.0);
  CHECK(world.source->asked == std::vector<Query>{{.text = "busy", .join_label = "pod"}});
}

TEST_CASE("what is old, no number or negative says nothing about a worker, least that it is idle") {
  World world{};
  world.source->answers["busy"].samples = {
      {"old", at(0.0, monday_noon - 2min)},
      {"nan", at(std::numeric_limits<double>::quiet_NaN(), monday_noon)},
      {"negative", at(-1.0, monday_noon)},
      {"future", at(0.0, monday_noon + 5min)},
      {"", at(0.0, monday_noon)},
      {"good", at(0.0, monday_noon)}};
  const auto work{world.read(usual(), {"jobs"})};
  CHECK(work.at("jobs").size() == 1);
  CHECK(work.at("jobs").contains("good"));
}

TEST_CASE("a partial answer and a source that is down say nothing about any worker") {
  World world{};
  CHECK(world.read(usual(), {"jobs"}).at("jobs").empty());
  world.source->answers["busy"] = {.samples = {{"a", at(0.0, monday_noon)}},
                                   .warnings = {"a store did not answer"}};
  CHECK(world.read(usual(), {"jobs"}).at("jobs").empty());
}

TEST_CASE("the time of a sample is the freshness query's, for each replica its own") {
  World world{};
  WorkSettings settings{usual()};
  settings.from.freshness_query = "timestamp(busy)";
  const double now_s{std::chrono::duration<double>(monday_noon.time_since_epoch()).count()};
  world.source->answers["busy"].samples = {{"a", at(0.0, monday_noon)},
                                           {"b", at(0.0, monday_noon)}};
  world.source->answers["timestamp(busy)"].samples = {{"a", at(now_s - 10.0, monday_noon)}};
  const auto work{world.read(settings, {"jobs"})};
  CHECK(work.at("jobs").size() == 1);
  CHECK(work.at("jobs").at("a").sampled_at == monday_noon - 10s);
}

TEST_CASE("nobody is asked about workloads without groups") {
  World world{};
  CHECK(world.read(usual(), {"web"}).empty());
  CHECK(world.source->asked.empty());
}

}  // namespace
}  // namespace spillway::work_reader_test
