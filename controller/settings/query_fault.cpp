#include "controller/settings/query_fault.hpp"

#include <variant>

#include "metrics/haproxy/stats_query.hpp"
#include "metrics/prometheus/promql_fault.hpp"

namespace spillway::settings {
namespace {

/// The source that is asked: the one named, or the only one.
const MetricSourceConfig* source_of(const Config& config, const SignalSettings& signal) {
  const auto& sources{config.metric_sources};
  if (signal.source.empty()) return sources.size() == 1 ? &sources.begin()->second : nullptr;
  const auto found{sources.find(signal.source)};
  return found == sources.end() ? nullptr : &found->second;
}

std::string with_names(std::string query) {
  for (std::size_t at{query.find("{{")}; at != query.npos; at = query.find("{{", at)) {
    const std::size_t end{query.find("}}", at)};
    if (end == query.npos) break;
    query.replace(at, end + 2 - at, "name");
  }
  return query;
}

}  // namespace

std::optional<std::string> query_fault(const Config& config, const SignalSettings& signal,
                                       const std::string& query) {
  const MetricSourceConfig* const source{source_of(config, signal)};
  if (source && std::holds_alternative<PrometheusSettings>(source->settings)) {
    return prometheus::promql_fault(query);  // a placeholder is as good a text as another
  }
  if (!source || !std::holds_alternative<HaproxyStatsSettings>(source->settings)) return {};
  const auto parsed{haproxy::parse_stats_query(with_names(query))};
  if (parsed) return {};
  return parsed.error().context;
}

}  // namespace spillway::settings
