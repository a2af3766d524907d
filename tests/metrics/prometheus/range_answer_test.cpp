#include "metrics/prometheus/range_answer.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

#include "metrics/prometheus/range_reader.hpp"

namespace spillway::prometheus::range_answer_test {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

std::string matrix(const std::string& series) {
  return R"({"status":"success","data":{"resultType":"matrix","result":[)" + series + "]}}";
}

Error error_of(const std::string& body) {
  const auto points{parse_range_answer(body)};
  REQUIRE(points.has_error());
  return points.error();
}

TEST_CASE("points come with their times, and no number stays none") {
  const auto points{parse_range_answer(
      matrix(R"({"metric":{},"values":[[1700000000,"1.5"],[1700000015.5,"NaN"]]})"))};
  REQUIRE(points.has_value());
  REQUIRE(points->size() == 2);
  CHECK((*points)[0] == RangePoint{TimePoint{seconds{1'700'000'000}}, 1.5});
  CHECK((*points)[1].at == TimePoint{std::chrono::milliseconds{1'700'000'015'500}});
  CHECK(std::isnan((*points)[1].value));
}

TEST_CASE("no series is no points") {
  CHECK(parse_range_answer(matrix(""))->empty());
}

TEST_CASE("what is no range of one series is refused with the way out") {
  const std::string one{R"({"metric":{},"values":[[1,"1"]]})"};
  CHECK(error_of(matrix(one + "," + one)).context.find("aggregate them") != std::string::npos);
  CHECK(error_of(matrix(R"({"metric":{},"histograms":[]})")).code == Errc::bad_request);
  CHECK(error_of(matrix(R"({"metric":{},"values":[[2,"1"],[2,"1"]]})")).code == Errc::malformed);
  CHECK(error_of(matrix(R"({"metric":{},"values":[[1,"x"]]})")).code == Errc::malformed);
  CHECK(error_of(R"({"status":"success","data":{"resultType":"vector","result":[]}})").code ==
        Errc::malformed);
  CHECK(error_of("<html>").code == Errc::malformed);
  CHECK(error_of(R"({"status":"error","errorType":"timeout","error":"slow"})").code ==
        Errc::timeout);
}

TEST_CASE("chunks cover the range once and stay within the points allowed") {
  const RangeQuery whole{
      .text = "q", .from = TimePoint{}, .to = TimePoint{hours{3}}, .step = seconds{15}};
  const auto chunks{range_chunks(whole, 240)};
  REQUIRE(chunks.size() == 3);
  CHECK(chunks[0].from == whole.from);
  CHECK(chunks[0].to == TimePoint{hours{1}} - seconds{15});
  CHECK(chunks[1].from == TimePoint{hours{1}});
  CHECK(chunks[2].to == whole.to - seconds{15});
  CHECK(range_chunks(whole, 1'000'000).size() == 1);
  CHECK(range_chunks({.from = TimePoint{}, .to = TimePoint{}}, 10).empty());
}

}  // namespace
}  // namespace spillway::prometheus::range_answer_test
