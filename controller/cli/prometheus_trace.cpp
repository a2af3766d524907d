#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <cmath>
#include <exception>
#include <filesystem>
#include <fstream>
#include <limits>
#include <optional>
#include <system_error>
#include <utility>
#include <variant>
#include <vector>

#include "controller/cli/history_trace.hpp"
#include "controller/cli/saved_history.hpp"
#include "controller/io/atomic_file.hpp"
#include "controller/wiring/wiring.hpp"
#include "metrics/file/trace.hpp"
#include "metrics/prometheus/range_reader.hpp"
#include "metrics/query_text.hpp"

namespace asio = boost::asio;

namespace spillway::cli {
namespace {

/// Small enough that an answer of one series is below a megabyte.
constexpr int points_at_once{5000};
constexpr Duration answer_limit{std::chrono::minutes{2}};
constexpr std::size_t file_bytes_max{1U << 30U};

/// What is asked, of which source.
struct Asked {
  std::string source{};
  PrometheusSettings settings{};
  std::string text{};
  double scale{1.0};
};

Error wrong(std::string words) {
  return {Errc::bad_request, std::move(words)};
}

/// The names of the sources that are Prometheus servers.
std::vector<std::string> prometheus_sources(const settings::Config& config) {
  std::vector<std::string> names{};
  for (const auto& [name, source] : config.metric_sources) {
    if (std::holds_alternative<PrometheusSettings>(source.settings)) names.push_back(name);
  }
  return names;
}

/// Whom to ask: the signal's source, or with a query the only Prometheus there is.
Result<std::string> source_of(const settings::Config& config, const HistoryQuery& query,
                              const std::string& of_signal) {
  const auto names{prometheus_sources(config)};
  if (std::ranges::find(names, of_signal) != names.end()) return of_signal;
  const bool may_be_the_only{of_signal.empty() || !query.query.empty()};
  if (may_be_the_only && names.size() == 1) return names.front();
  if (names.empty()) return wrong("no metric source of type prometheus is configured");
  const std::string known{fmt::format("`{}`", fmt::join(names, "`, `"))};
  if (!query.query.empty()) {
    return wrong(
        fmt::format("several sources could be asked --query ({}): name with --signal a "
                    "signal of workload `{}` that comes from the one you mean",
                    known, query.workload));
  }
  return wrong(
      fmt::format("signal `{}` comes from `{}`, which is no metric source of type "
                  "prometheus: give --query with PromQL that is asked of {}",
                  query.signal, of_signal, known));
}

Result<Asked> asked_of(const settings::Config& config, const HistoryQuery& query) {
  const auto workload{config.workloads.find(query.workload)};
  if (workload == config.workloads.end()) {
    return wrong(fmt::format("no workload `{}`", query.workload));
  }
  const auto signal{workload->second.signals.find(query.signal)};
  const bool has_signal{signal != workload->second.signals.end()};
  if (!has_signal && query.query.empty()) {
    return wrong(fmt::format("workload `{}` has no signal `{}` of its own: give --query",
                             query.workload, query.signal));
  }
  auto source{source_of(config, query, has_signal ? signal->second.source : std::string{})};
  if (!source) return source.error();
  Asked asked{.source = std::move(*source)};
  if (has_signal && query.query.empty()) asked.scale = signal->second.scale;
  asked.settings = std::get<PrometheusSettings>(config.metric_sources.at(asked.source).settings);
  auto text{expand_query(query.query.empty() ? signal->second.query : query.query, query.workload,
                         workload->second.labels)};
  if (!text) return text.error();
  asked.text = std::move(*text);
  return asked;
}

/// What a broken or older download left: where it began, and until when it has rows.
struct Kept {
  TimePoint from{};
  std::string text{};
  std::optional<Duration> last{};
};

/// Nothing if there is no such file; an error if it is of another query.
Result<std::optional<Kept>> kept_in(const std::string& path, const Asked& asked,
                                    const HistoryQuery& query, TimePoint begin) {
  std::error_code failure{};
  if (path.empty() || !std::filesystem::exists(path, failure)) return std::optional<Kept>{};
  auto text{io::read_file(path, file_bytes_max)};
  if (!text) return text.error();
  // A line that was cut off by a kill is not a row.
  text->resize(text->rfind('\n') == std::string::npos ? 0 : text->rfind('\n') + 1);
  Kept kept{.from = history_begin(*text).value_or(TimePoint{})};
  if (!text->starts_with(history_head(kept.from, query.step, asked.text))) {
    return wrong(path + ": is there and holds something else; name another file with --save");
  }
  if (kept.from > begin) {
    return wrong(
        fmt::format("{}: begins at {}, after {} where --days begins; name another file "
                    "with --save, or fewer days",
                    path, to_string(kept.from), to_string(begin)));
  }
  if (const auto parsed{file::parse_trace(*text)}) kept.last = parsed->times.back();
  kept.text = std::move(*text);
  return std::optional{std::move(kept)};
}

/// Rows of one chunk; a step without a point is an empty cell, a gap.
std::string rows_of(const prometheus::RangeQuery& chunk,
                    const std::vector<prometheus::RangePoint>& points, TimePoint from,
                    double scale) {
  std::string rows{};
  std::size_t next{0};
  for (TimePoint at{chunk.from}; at <= chunk.to; at += chunk.step) {
    while (next < points.size() && points[next].at < at) ++next;
    const bool is_there{next < points.size() && points[next].at == at &&
                        std::isfinite(points[next].value)};
    rows += fmt::format("{},{}\n", seconds(at - from),
                        is_there ? fmt::format("{}", points[next].value * scale) : "");
  }
  return rows;
}

Result<std::vector<prometheus::RangePoint>> ask(wiring::Outside& outside,
                                                prometheus::RangeReader& reader,
                                                const prometheus::RangeQuery& chunk) {
  Result<std::vector<prometheus::RangePoint>> answer{Error{Errc::cancelled, "not asked"}};
  outside.context.restart();
  asio::co_spawn(
      outside.context, reader.read(chunk, io::deadline_after(outside.clock, answer_limit)),
      [&](const std::exception_ptr& failure, Result<std::vector<prometheus::RangePoint>> came) {
        if (failure) std::rethrow_exception(failure);
        answer = std::move(came);
        outside.context.stop();
      });
  outside.context.run();
  return answer;
}

}  // namespace

Result<backtest::LoadTrace> trace_from_prometheus(const settings::Config& config,
                                                  const HistoryQuery& query,
                                                  const backtest::Progress& progress) {
  const auto asked{asked_of(config, query)};
  if (!asked) return asked.error();
  wiring::Outside outside{};
  auto reader{prometheus::make_range_reader(outside.context, outside.clock, asked->source,
                                            asked->settings)};
  if (!reader) return reader.error();
  // Whole steps of the civil time scale, so that a later download continues the same grid.
  const TimePoint now{outside.clock.now()};
  const TimePoint to{now - now.time_since_epoch() % query.step};
  const TimePoint begin{to - query.range};
  const auto kept{kept_in(query.save, *asked, query, begin)};
  if (!kept) return kept.error();
  const TimePoint from{*kept ? (*kept)->from : begin};
  prometheus::RangeQuery whole{.text = asked->text, .from = from, .to = to, .step = query.step};
  if (*kept && (*kept)->last) whole.from = from + *(*kept)->last + query.step;

  std::string text{*kept ? (*kept)->text : history_head(from, query.step, asked->text)};
  if (!query.save.empty()) {
    if (const auto begun{io::write_file_atomically(query.save, text, 0644)}; !begun) {
      return begun.error();
    }
  }
  const auto chunks{prometheus::range_chunks(whole, points_at_once)};
  std::size_t done{0};
  for (const prometheus::RangeQuery& chunk : chunks) {
    const auto points{ask(outside, **reader, chunk)};
    if (!points) return points.error();
    const std::string rows{rows_of(chunk, *points, from, asked->scale)};
    text += rows;
    if (!query.save.empty()) {
      std::ofstream file{query.save, std::ios::app};
      file << rows << std::flush;
      if (!file) return Error{Errc::unavailable, query.save + ": cannot be written"};
    }
    if (progress) progress(++done, chunks.size());
  }
  auto parsed{file::parse_trace(text)};
  if (!parsed) return with_context(asked->source, parsed.error());
  backtest::LoadTrace trace{.name = query.workload,
                            .origin = from,
                            .times = std::move(parsed->times),
                            .values = std::move(parsed->values.front())};
  // A file that was begun earlier has more than is asked for.
  const auto earlier{std::ranges::lower_bound(trace.times, begin - from) - trace.times.begin()};
  trace.times.erase(trace.times.begin(), trace.times.begin() + earlier);
  trace.values.erase(trace.values.begin(), trace.values.begin() + earlier);
  return trace;
}

}  // namespace spillway::cli
