#include "metrics/prometheus/range_answer.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <optional>
#include <string>

#include "controller/io/http.hpp"
#include "metrics/prometheus/instant_answer.hpp"

namespace spillway::prometheus {

namespace json = boost::json;

namespace {

Error malformed_range(std::string what) {
  return {Errc::malformed, "not a range answer of the Prometheus HTTP API: " + std::move(what)};
}

std::string_view range_text_of(const json::value* value) {
  if (value == nullptr || !value->is_string()) return {};
  const json::string& text{value->get_string()};
  return {text.data(), text.size()};
}

Result<RangePoint> parse_point(const json::value& value) {
  const json::array* pair{value.if_array()};
  if (pair == nullptr || pair->size() != 2) return malformed_range("expected [time, \"value\"]");
  const json::value& time{(*pair)[0]};
  const double at{time.is_double()  ? time.get_double()
                  : time.is_int64() ? static_cast<double>(time.get_int64())
                                    : -1.0};
  // Year 2286; beyond it something else than seconds was meant.
  if (!(at >= 0.0 && at < 1e10)) return malformed_range("a time that is not in seconds since 1970");
  const auto number{parse_number(range_text_of(&(*pair)[1]))};
  if (!number) return malformed_range("a value that is not a number");
  return RangePoint{TimePoint{duration_of_seconds(at)}, *number};
}

Result<std::vector<RangePoint>> parse_series(const json::value& value) {
  const json::object* series{value.if_object()};
  if (series == nullptr) return malformed_range("a series that is not an object");
  if (series->contains("histograms")) {
    return Error{Errc::bad_request,
                 "the query returned a native histogram: wrap it in histogram_quantile()"};
  }
  const json::value* values{series->if_contains("values")};
  const json::array* list{values == nullptr ? nullptr : values->if_array()};
  if (list == nullptr) return malformed_range("a series without `values`");
  std::vector<RangePoint> points;
  points.reserve(list->size());
  for (const json::value& each : *list) {
    const auto point{parse_point(each)};
    if (!point) return point.error();
    if (!points.empty() && point->at <= points.back().at) {
      return malformed_range("times that do not increase");
    }
    points.push_back(*point);
  }
  return points;
}

}  // namespace

Result<std::vector<RangePoint>> parse_range_answer(std::string_view body) {
  json::monotonic_resource memory{};
  json::error_code failure{};
  const json::value root = json::parse(body, failure, &memory, {.max_depth = 16});
  const json::object* answer{failure ? nullptr : root.if_object()};
  const json::value* data{answer == nullptr ? nullptr : answer->if_contains("data")};
  const json::object* content{data == nullptr ? nullptr : data->if_object()};
  if (content == nullptr || range_text_of(answer->if_contains("status")) != "success") {
    // Errors look the same for instant and range queries.
    const auto told{parse_instant_answer(body, "")};
    return told ? malformed_range("no data") : told.error();
  }
  if (range_text_of(content->if_contains("resultType")) != "matrix") {
    return malformed_range(fmt::format(
        "resultType `{}`", io::excerpt(range_text_of(content->if_contains("resultType")), 40)));
  }
  const json::value* result{content->if_contains("result")};
  const json::array* series{result == nullptr ? nullptr : result->if_array()};
  if (series == nullptr) return malformed_range("`result` is not a list");
  if (series->empty()) return std::vector<RangePoint>{};
  if (series->size() > 1) {
    return Error{Errc::bad_request,
                 fmt::format("the query returned {} series where one is expected: aggregate them "
                             "with sum(...)",
                             series->size())};
  }
  return parse_series((*series)[0]);
}

}  // namespace spillway::prometheus
