#include <doctest/doctest.h>

#include <boost/asio/io_context.hpp>
#include <cmath>

#include "metrics/file/file_source.hpp"
#include "metrics/file/trace.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/printing.hpp"

namespace spillway::file::file_test {
namespace {

using namespace std::chrono_literals;

TEST_CASE("a trace is a table over time; comments, empty lines and gaps are allowed") {
  const auto trace{
      parse_trace("\xef\xbb\xbf# load\r\nt_s, load ,queue\r\n0,1.5,2\r\n\r\n30.5,,-1e3")};
  REQUIRE(trace);
  CHECK(trace->columns == std::vector<std::string>{"load", "queue"});
  CHECK(trace->times == std::vector<Duration>{0s, 30500ms});
  CHECK(trace->values[0][0] == 1.5);
  CHECK(std::isnan(trace->values[0][1]));
  CHECK(trace->values[1][1] == -1000.0);
}

TEST_CASE("what is wrong with a trace is said with line and column") {
  struct Row {
    std::string_view text;
    std::string_view words;
  };
  constexpr Row rows[]{
      {"", "the trace is empty"},
      {"t_s,value\n", "the trace is empty"},
      {"0,1\n", "line 1, column 1: expected a head line such as `t_s,value`, got `0`"},
      {"t_s\n0\n", "line 1, column 1: expected a head line"},
      {"t_s,a,a\n", "line 1, column 7: expected a name that no other column has, got `a`"},
      {"t_s,v\n0,abc\n", "line 2, column 3: expected a number or an empty cell, got `abc`"},
      {"t_s,v\n0,nan\n", "line 2, column 3"},
      {"t_s,v\n0,1e999\n", "line 2, column 3"},
      {"t_s,v\nx,1\n", "line 2, column 1: expected a time in seconds since the start, got `x`"},
      {"t_s,v\n-1,1\n", "line 2, column 1"},
      {"t_s,v\n1e300,1\n", "line 2, column 1"},
      {"t_s,v\n5,1\n5,2\n", "line 3, column 1: expected a later time than in the row before"},
      {"t_s,v\n0,1,2\n", "line 2, column 5: expected 2 cells as in the head line, got `3 cells`"},
      {"t_s,v\n0\n", "got `1 cells`"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const auto trace{parse_trace(row.text)};
    REQUIRE(!trace);
    CHECK(trace.error().code == Errc::malformed);
    CAPTURE(trace.error().context);
    CHECK(trace.error().context.find(row.words) != std::string::npos);
  }
}

TEST_CASE("a value holds until the next row, and the last one as long as the one before") {
  const auto trace{parse_trace("t_s,v\n10,1\n20,2\n40,3\n")};
  REQUIRE(trace);
  CHECK_FALSE(trace->row_at(9999ms));
  CHECK(trace->row_at(10s) == 0);
  CHECK(trace->row_at(19999ms) == 0);
  CHECK(trace->row_at(20s) == 1);
  CHECK(trace->row_at(59999ms) == 2);
  CHECK_FALSE(trace->row_at(60s));
}

struct World {
  boost::asio::io_context context{};
  testing::ManualClock clock{context};
  testing::ScratchDirectory scratch{};

  std::unique_ptr<MetricSource> source(FileSettings settings) {
    settings.path = scratch.write("trace.csv", "t_s,load,queue\n0,10,1\n60,20,\n");
    auto made{make_file_source(clock, "trace", settings)};
    REQUIRE(made);
    return std::move(*made);
  }
  Result<Answer> read(MetricSource& from, Query query) {
    return clock.run(from.read({std::move(query)}, io::deadline_after(clock, 1s))).front();
  }
};

TEST_CASE("a trace plays from the first read and then has no more samples") {
  World world{};
  const auto source{world.source({})};
  CHECK(world.read(*source, {})->samples.at("").value == 10.0);
  CHECK(world.read(*source, {.text = "queue"})->samples.at("").value == 1.0);
  world.clock.advance_by(60s);
  CHECK(world.read(*source, {.text = "load"})->samples.at("").value == 20.0);
  CHECK(world.read(*source, {.text = "load"})->samples.at("").sampled_at == world.clock.now());
  CHECK(world.read(*source, {.text = "queue"})->samples.empty());
  world.clock.advance_by(60s);
  CHECK(world.read(*source, {.text = "load"})->samples.empty());
}

TEST_CASE("a trace may repeat and run faster") {
  World world{};
  const auto source{world.source({.repeat = true, .speed = 10.0})};
  CHECK(world.read(*source, {})->samples.at("").value == 10.0);
  world.clock.advance_by(7s);
  CHECK(world.read(*source, {})->samples.at("").value == 20.0);
  world.clock.advance_by(6s);
  CHECK(world.read(*source, {})->samples.at("").value == 10.0);
}

TEST_CASE("columns can serve workloads by their names") {
  World world{};
  const auto source{world.source({})};
  const auto answer{world.read(*source, {.join_label = "column"})};
  CHECK(answer->samples.at("load").value == 10.0);
  CHECK(answer->samples.at("queue").value == 1.0);
}

TEST_CASE("an unknown column or label is an error that lists the columns") {
  World world{};
  const auto source{world.source({})};
  CHECK(world.read(*source, {.text = "laod"}).error().context ==
        "no column `laod`; there are: load, queue");
  CHECK(world.read(*source, {.join_label = "x"}).error().code == Errc::bad_request);
}

TEST_CASE("a file that is not there or broken is refused when the source is made") {
  World world{};
  CHECK(!make_file_source(world.clock, "trace", {.path = "/no/such/file"}));
  const auto broken{make_file_source(world.clock, "trace",
                                     {.path = world.scratch.write("broken.csv", "t_s,v\n0,x\n")})};
  REQUIRE(!broken);
  CHECK(broken.error().context.find("broken.csv: line 2, column 3") != std::string::npos);
}

}  // namespace
}  // namespace spillway::file::file_test
