#include "metrics/prometheus/instant_answer.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cmath>
#include <string>

#include "tests/support/printing.hpp"

namespace spillway::prometheus::instant_answer_test {
namespace {

using namespace std::chrono_literals;

std::string success(std::string_view type, std::string_view result, std::string_view more = "") {
  return fmt::format(R"({{"status":"success","data":{{"resultType":"{}","result":{}}}{}}})", type,
                     result, more);
}

std::string vector_of(std::string_view series) {
  return success("vector", series);
}

constexpr TimePoint at{1'700'000'000'123ms};

TEST_CASE("one series is one sample, with the time of its evaluation") {
  const auto answer{parse_instant_answer(
      vector_of(R"([{"metric":{"job":"web"},"value":[1700000000.123,"142.5"]}])"), "")};
  REQUIRE(answer);
  REQUIRE(answer->samples.size() == 1);
  CHECK(answer->samples.at("").value == 142.5);
  CHECK(answer->samples.at("").sampled_at == at);
  CHECK(answer->warnings.empty());
}

TEST_CASE("a scalar is one sample") {
  const auto answer{parse_instant_answer(success("scalar", R"([1700000000,"7"])"), "")};
  REQUIRE(answer);
  CHECK(answer->samples.at("").value == 7.0);
}

TEST_CASE("no series is an answer without samples, not zero and not an error") {
  const auto answer{parse_instant_answer(vector_of("[]"), "")};
  REQUIRE(answer);
  CHECK(answer->samples.empty());
}

TEST_CASE("numbers are read as Prometheus writes them") {
  CHECK(parse_number("1.5") == 1.5);
  CHECK(parse_number("1e+06") == 1e6);
  CHECK(parse_number("-0.25") == -0.25);
  CHECK(parse_number("+Inf") == INFINITY);
  CHECK(parse_number("-Inf") == -INFINITY);
  CHECK(std::isnan(parse_number("NaN").value_or(0.0)));
  for (const auto* text : {"", "+", "++1", "1,5", "1 ", " 1", "0x10", "twelve", "1e999"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_number(text));
  }
}

TEST_CASE("several series without a join label say how many and what to do") {
  const auto answer{parse_instant_answer(
      vector_of(
          R"([{"metric":{"pod":"a"},"value":[1,"1"]},{"metric":{"pod":"b"},"value":[1,"2"]}])"),
      "")};
  REQUIRE(!answer);
  CHECK(answer.error().code == Errc::bad_request);
  CHECK(answer.error().context ==
        "the query returned 2 series where one is expected (labels: pod): aggregate them with "
        "sum(...), or use a shared query with a join label");
}

TEST_CASE("a shared query is keyed by its join label, and series without it belong to nobody") {
  const auto answer{parse_instant_answer(
      vector_of(R"([{"metric":{"service":"web"},"value":[1,"1"]},{"metric":{},"value":[1,"2"]},)"
                R"({"metric":{"service":"api"},"value":[1,"NaN"]}])"),
      "service")};
  REQUIRE(answer);
  REQUIRE(answer->samples.size() == 2);
  CHECK(answer->samples.at("web").value == 1.0);
  CHECK(std::isnan(answer->samples.at("api").value));
}

TEST_CASE("one duplicated series blinded all workloads of a shared query") {
  const auto answer{parse_instant_answer(
      vector_of(R"([{"metric":{"service":"web","pod":"a","job":"x"},"value":[1,"1"]},)"
                R"({"metric":{"service":"api","pod":"c","job":"x"},"value":[1,"7"]},)"
                R"({"metric":{"service":"web","pod":"b","job":"x"},"value":[1,"2"]},)"
                R"({"metric":{"service":"web","zone":"1","job":"x"},"value":[1,"3"]}])"),
      "service")};
  REQUIRE(answer);
  REQUIRE(answer->samples.size() == 1);
  CHECK(answer->samples.at("api").value == 7.0);
  REQUIRE(answer->faults.size() == 1);
  CHECK(answer->faults.at("web") == R"(several series have service="web", which differ in pod: )"
                                    "aggregate them with sum by (service) (...)");
}

TEST_CASE("a join label that no series has is an error that lists the labels there are") {
  const auto answer{parse_instant_answer(
      vector_of(R"([{"metric":{"svc":"web","job":"x"},"value":[1,"1"]}])"), "service")};
  REQUIRE(!answer);
  CHECK(answer.error().context ==
        "none of the 1 series has the join label `service` (labels: job, svc)");
}

TEST_CASE("results that are not one number are refused with the way out") {
  struct Row {
    std::string body;
    std::string_view words;
  };
  const Row rows[]{
      {success("matrix", "[]"), "wrap it in rate(...)"},
      {success("string", R"([1,"x"])"), "not a number"},
      {vector_of(R"([{"metric":{},"histogram":[1,{}]}])"), "histogram_quantile()"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.body);
    const auto answer{parse_instant_answer(row.body, "")};
    REQUIRE(!answer);
    CHECK(answer.error().code == Errc::bad_request);
    CHECK(answer.error().context.find(row.words) != std::string::npos);
  }
  const auto scalar{parse_instant_answer(success("scalar", R"([1,"7"])"), "service")};
  REQUIRE(!scalar);
  CHECK(scalar.error().code == Errc::bad_request);
}

TEST_CASE("warnings and partial answers are passed on, infos are not") {
  const auto answer{parse_instant_answer(
      success("vector", "[]", R"(,"warnings":["store a is down"],"infos":["not a counter"])"), "")};
  REQUIRE(answer);
  CHECK(answer->warnings == std::vector<std::string>{"store a is down"});

  const auto partial{parse_instant_answer(
      R"({"status":"success","isPartial":true,"data":{"resultType":"vector","result":[]}})", "")};
  REQUIRE(partial);
  CHECK(partial->warnings.size() == 1);
}

TEST_CASE("a flood of warnings is cut") {
  std::string list{};
  for (int i{0}; i < 1000; ++i) list += (i > 0 ? ",\"" : "\"") + std::string(1000, 'w') + "\"";
  const auto answer{
      parse_instant_answer(success("vector", "[]", ",\"warnings\":[" + list + "]"), "")};
  REQUIRE(answer);
  CHECK(answer->warnings.size() == 8);
  CHECK(answer->warnings[0].size() <= 303);
}

TEST_CASE("an error that the server states keeps its kind") {
  struct Row {
    std::string_view type;
    Errc code;
  };
  constexpr Row rows[]{{"bad_data", Errc::bad_request}, {"execution", Errc::bad_request},
                       {"timeout", Errc::timeout},      {"canceled", Errc::unavailable},
                       {"internal", Errc::unavailable}, {"unavailable", Errc::unavailable},
                       {"not_found", Errc::not_found},  {"too_many_requests", Errc::throttled}};
  for (const Row& row : rows) {
    CAPTURE(row.type);
    const auto answer{parse_instant_answer(
        fmt::format(R"({{"status":"error","errorType":"{}","error":"why"}})", row.type), "")};
    REQUIRE(!answer);
    CHECK(answer.error().code == row.code);
    CHECK(answer.error().context == fmt::format("{}: why", row.type));
  }
}

TEST_CASE("garbage and every truncation are malformed, never a crash and never a number") {
  const std::string whole{
      vector_of(R"([{"metric":{"job":"web"},"value":[1700000000.123,"142.5"]}])")};
  for (std::size_t size{0}; size < whole.size(); ++size) {
    CAPTURE(size);
    const auto answer{parse_instant_answer(whole.substr(0, size), "")};
    REQUIRE(!answer);
    CHECK(answer.error().code == Errc::malformed);
  }
  const std::string garbage[]{
      "<html>login</html>",
      "[]",
      "null",
      R"({"status":"success"})",
      R"({"status":"maybe","data":{}})",
      success("vector", "{}"),
      success("vector", "[7]"),
      success("vector", R"([{"metric":{}}])"),
      success("vector", R"([{"metric":{},"value":[1]}])"),
      success("vector", R"([{"metric":{},"value":["1","2"]}])"),
      success("vector", R"([{"metric":{},"value":[1,2]}])"),
      success("vector", R"([{"metric":{},"value":[1,"two"]}])"),
      success("vector", R"([{"metric":{},"value":[-5,"2"]}])"),
      success("vector", R"([{"metric":{},"value":[1e300,"2"]}])"),
      success("blob", "[]"),
      std::string(100'000, '['),
  };
  for (const std::string& body : garbage) {
    CAPTURE(body.substr(0, 80));
    const auto answer{parse_instant_answer(body, "")};
    REQUIRE(!answer);
    CHECK(answer.error().code == Errc::malformed);
    CHECK(answer.error().context.size() < 400);
  }
}

}  // namespace
}  // namespace spillway::prometheus::instant_answer_test
