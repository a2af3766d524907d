#include "config/demo/shape.hpp"

#include <doctest/doctest.h>

#include <stdexcept>
#include <string>

#include "config/demo/load_report.hpp"

namespace spillway::demo {
namespace {

TEST_CASE("the load between two points is the line through them") {
  const Shape shape{Shape::parse("t_s,rps\n# ramp\n0,10\n10,30\n")};
  CHECK(shape.rate_at(5) == doctest::Approx(20));
  CHECK(shape.rate_at(-1) == doctest::Approx(10));
  CHECK(shape.rate_at(99) == doctest::Approx(30));
  CHECK(shape.duration_s() == doctest::Approx(10));
  CHECK(shape.highest_rps() == doctest::Approx(30));
}

TEST_CASE("as many requests arrive as the area under the shape") {
  const Shape shape{Shape::parse("0,0\n10,100\n20,100\n")};
  int arrivals{0};
  for (double t{shape.after(0, 1)}; t < shape.duration_s(); t = shape.after(t, 1)) ++arrivals;
  CHECK(arrivals >= 1490);
  CHECK(arrivals <= 1510);
}

TEST_CASE("evenly spaced arrivals at a steady rate keep their distance") {
  const Shape shape{Shape::parse("0,50\n100,50\n")};
  CHECK(shape.after(2.0, 1.0) == doctest::Approx(2.02));
}

TEST_CASE("a shape without any load ends") {
  CHECK(Shape::parse("0,0\n5,0\n").after(0, 1.0) >= 5.0);
}

TEST_CASE("a line that is no point is named with its number") {
  for (const std::string text : {"", "0,10\nx,3\n", "0,10\n5,-1\n", "0,10\n0,20\n", "0,10\n5\n",
                                 "0,nan\n", "0,1e300\n", "0,10\n5,1,1\n"}) {
    CAPTURE(text);
    CHECK_THROWS_AS(Shape::parse(text), std::invalid_argument);
  }
  CHECK_THROWS_WITH(Shape::parse("0,10\nx,3\n"),
                    "line 2: expected SECONDS,REQUESTS_PER_SECOND, got \"x,3\"");
}

TEST_CASE("a failed request is late, and has no latency") {
  Tally tally;
  for (int i{1}; i <= 100; ++i) tally.add_answer(i / 100.0, 0.9);
  for (int i{0}; i < 100; ++i) tally.add_error();
  CHECK(tally.json_members() ==
        R"("ok":100,"errors":100,"late_share":0.5500,"p50_ms":500,"p95_ms":950,"p99_ms":990)");
  tally.clear();
  CHECK(tally.json_members() ==
        R"("ok":0,"errors":0,"late_share":0.0000,"p50_ms":null,"p95_ms":null,"p99_ms":null)");
}

}  // namespace
}  // namespace spillway::demo
