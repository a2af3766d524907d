#include "metrics/prometheus/instant_answer.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <charconv>
#include <cmath>
#include <memory>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>

#include "controller/io/http.hpp"

namespace spillway::prometheus {

namespace json = boost::json;

namespace {

// Warnings are for a person: more than a few say nothing new.
constexpr std::size_t warnings_max{8};
constexpr std::size_t warning_length_max{300};

Error malformed(std::string what) {
  return {Errc::malformed, "not an answer of the Prometheus HTTP API: " + std::move(what)};
}

Error wrong_query(std::string what) {
  return {Errc::bad_request, std::move(what)};
}

std::string_view text_of(const json::value* value) {
  if (value == nullptr || !value->is_string()) return {};
  const json::string& text{value->get_string()};
  return {text.data(), text.size()};
}

// The words of Prometheus' API (web/api/v1/api.go); Mimir adds the last two.
Errc code_of(std::string_view error_type) {
  if (error_type == "timeout") return Errc::timeout;
  if (error_type == "canceled" || error_type == "internal" || error_type == "unavailable") {
    return Errc::unavailable;
  }
  if (error_type == "not_found") return Errc::not_found;
  if (error_type == "too_many_requests") return Errc::throttled;
  if (error_type == "too_large_entry") return Errc::too_large;
  return Errc::bad_request;  // bad_data, execution: the query does not parse, or cannot be computed
}

Error stated_error(const json::object& answer) {
  const std::string_view type{text_of(answer.if_contains("errorType"))};
  const std::string_view words{text_of(answer.if_contains("error"))};
  return {code_of(type), fmt::format("{}: {}", type.empty() ? "error" : type,
                                     io::excerpt(words.empty() ? "no reason given" : words, 400))};
}

std::optional<TimePoint> parse_time(const json::value& value) {
  const double at{value.is_double()  ? value.get_double()
                  : value.is_int64() ? static_cast<double>(value.get_int64())
                                     : -1.0};
  // Year 2286; beyond it something else than seconds was meant.
  if (!(at >= 0.0 && at < 1e10)) return std::nullopt;
  return TimePoint{duration_of_seconds(at)};
}

Result<Sample> parse_sample(const json::value* value) {
  const json::array* pair{value == nullptr ? nullptr : value->if_array()};
  if (pair == nullptr || pair->size() != 2) return malformed("expected [time, \"value\"]");
  const auto at{parse_time((*pair)[0])};
  if (!at) return malformed("a sample time that is not in seconds since 1970");
  const auto number{parse_number(text_of(&(*pair)[1]))};
  if (!number) {
    return malformed(
        fmt::format("`{}` is not a number", io::excerpt(json::serialize((*pair)[1]), 40)));
  }
  return Sample{.value = *number, .sampled_at = *at};
}

std::string known_labels(const json::array& series) {
  std::set<std::string_view> names{};
  for (const json::value& one : series) {
    const json::value* metric{one.is_object() ? one.get_object().if_contains("metric") : nullptr};
    if (metric == nullptr || !metric->is_object()) continue;
    for (const auto& label : metric->get_object())
      names.insert({label.key().data(), label.key().size()});
    if (names.size() > 10) break;
  }
  std::string list{};
  for (const std::string_view name : names) list += (list.empty() ? "" : ", ") + std::string{name};
  return list.empty() ? "none" : io::excerpt(list);
}

Result<Sample> sample_of_series(const json::object& series) {
  if (series.contains("histogram")) {
    return wrong_query("the query returned a native histogram: wrap it in histogram_quantile()");
  }
  return parse_sample(series.if_contains("value"));
}

Result<Answer> one_series(const json::array& series) {
  if (series.empty()) return Answer{};
  if (series.size() > 1) {
    return wrong_query(fmt::format(
        "the query returned {} series where one is expected (labels: {}): aggregate them with "
        "sum(...), or use a shared query with a join label",
        series.size(), known_labels(series)));
  }
  const json::object* only{series[0].if_object()};
  if (only == nullptr) return malformed("a series that is not an object");
  const auto sample{sample_of_series(*only)};
  if (!sample) return sample.error();
  return Answer{.samples = {{"", *sample}}};
}

/// The labels in which two series differ: what the query does not aggregate away.
std::string differing_labels(const json::object& a, const json::object& b) {
  std::set<std::string_view> names{};
  const auto add{[&names](const json::object& from, const json::object& other) {
    for (const auto& label : from) {
      const json::value* const there{other.if_contains(label.key())};
      const bool is_same{there != nullptr && *there == label.value()};
      if (!is_same) names.insert({label.key().data(), label.key().size()});
    }
  }};
  add(a, b);
  add(b, a);
  std::string list{};
  for (const std::string_view name : names) list += (list.empty() ? "" : ", ") + std::string{name};
  return list.empty() ? "no label" : io::excerpt(list, 200);
}

/// Series by their value of the join label. A value that several have is nobody's sample, and the
/// fault of those alone.
class JoinedSeries {
 public:
  explicit JoinedSeries(std::string_view join_label) : join_label_{join_label} {}

  Result<void> add(const json::value& value) {
    const json::object* const one{value.if_object()};
    const json::value* const metric{one == nullptr ? nullptr : one->if_contains("metric")};
    if (metric == nullptr || !metric->is_object()) return malformed("a series without `metric`");
    const json::object& labels{metric->get_object()};
    const std::string_view key{text_of(labels.if_contains(join_label_))};
    if (key.empty()) return {};
    const auto sample{sample_of_series(*one)};
    if (!sample) return sample.error();
    const auto [first, is_first]{first_.try_emplace(key, &labels)};
    if (is_first) {
      answer_.samples.insert_or_assign(std::string{key}, *sample);
      return {};
    }
    answer_.samples.erase(std::string{key});
    answer_.faults.try_emplace(
        std::string{key},
        fmt::format("several series have {}=\"{}\", which differ in {}: aggregate them with sum by "
                    "({}) (...)",
                    join_label_, io::excerpt(key, 80), differing_labels(*first->second, labels),
                    join_label_));
    return {};
  }

  Answer take() { return std::move(answer_); }

 private:
  std::string_view join_label_;
  std::unordered_map<std::string_view, const json::object*> first_{};  ///< labels, by the value
  Answer answer_{};
};

Result<Answer> joined_series(const json::array& series, std::string_view join_label) {
  JoinedSeries joined{join_label};
  for (const json::value& value : series) {
    if (const auto added{joined.add(value)}; !added) return added.error();
  }
  Answer answer{joined.take()};
  const bool has_any{!answer.samples.empty() || !answer.faults.empty()};
  if (!has_any && !series.empty()) {
    return wrong_query(fmt::format("none of the {} series has the join label `{}` (labels: {})",
                                   series.size(), join_label, known_labels(series)));
  }
  return answer;
}

Result<Answer> parse_data(const json::object& data, std::string_view join_label) {
  const std::string_view type{text_of(data.if_contains("resultType"))};
  const json::value* result{data.if_contains("result")};
  if (type == "matrix") {
    return wrong_query(
        "the query returned a range vector where one value is expected: wrap it in rate(...) or "
        "another ..._over_time function");
  }
  if (type == "string") return wrong_query("the query returned a text, not a number");
  if (type == "scalar") {
    if (!join_label.empty()) {
      return wrong_query(
          fmt::format("the query returned a scalar, which has no label `{}`", join_label));
    }
    const auto sample{parse_sample(result)};
    if (!sample) return sample.error();
    return Answer{.samples = {{"", *sample}}};
  }
  if (type != "vector") return malformed(fmt::format("resultType `{}`", io::excerpt(type, 40)));
  const json::array* series{result == nullptr ? nullptr : result->if_array()};
  if (series == nullptr) return malformed("`result` is not a list");
  return join_label.empty() ? one_series(*series) : joined_series(*series, join_label);
}

void add_warnings(const json::object& answer, Answer& into) {
  const auto add{[&into](std::string_view text) {
    if (into.warnings.size() < warnings_max) {
      into.warnings.push_back(io::excerpt(text, warning_length_max));
    }
  }};
  const json::value* warnings{answer.if_contains("warnings")};
  if (warnings != nullptr && warnings->is_array()) {
    for (const json::value& warning : warnings->get_array()) {
      add(warning.is_string() ? text_of(&warning) : std::string_view{"a warning without words"});
    }
  }
  const json::value* is_partial{answer.if_contains("isPartial")};
  if (is_partial != nullptr && is_partial->is_bool() && is_partial->get_bool()) {
    add("the server says that its answer is partial");
  }
}

}  // namespace

std::optional<double> parse_number(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  if (text.empty() || text.front() == '+') return std::nullopt;
  double value{0.0};
  const auto [end, failure]{std::from_chars(text.data(), text.data() + text.size(), value)};
  if (end != text.data() + text.size()) return std::nullopt;
  if (failure == std::errc::result_out_of_range) return std::nullopt;
  if (failure != std::errc{}) return std::nullopt;
  return value;
}

Result<Answer> parse_instant_answer(std::string_view body, std::string_view join_label) {
  json::monotonic_resource memory{};  // a large answer is many small nodes, freed together
  json::error_code failure{};
  // Not braced: a braced json::value is an array of one element.
  const json::value root = json::parse(body, failure, &memory, {.max_depth = 16});
  if (failure) {
    return malformed(fmt::format("{}; it begins with `{}`", failure.message(),
                                 io::excerpt(body.empty() ? "nothing" : body, 80)));
  }
  const json::object* answer{root.if_object()};
  if (answer == nullptr) return malformed("the answer is not an object");
  const std::string_view status{text_of(answer->if_contains("status"))};
  if (status == "error") return stated_error(*answer);
  const json::value* data{answer->if_contains("data")};
  if (status != "success" || data == nullptr || !data->is_object()) {
    return malformed(
        fmt::format("no `status: success` with data; it begins with `{}`", io::excerpt(body, 80)));
  }
  auto parsed{parse_data(data->get_object(), join_label)};
  if (parsed) add_warnings(*answer, *parsed);
  return parsed;
}

}  // namespace spillway::prometheus
