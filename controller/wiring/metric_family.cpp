#include "controller/wiring/metric_family.hpp"

#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "metrics/file/file_source.hpp"
#include "metrics/haproxy/haproxy_source.hpp"
#include "metrics/prometheus/prometheus_source.hpp"
#include "metrics/query_text.hpp"
#include "metrics/read_plan.hpp"

namespace spillway::wiring {
namespace {

Result<std::shared_ptr<MetricSource>> make_source(Outside& outside, const std::string& name,
                                                  const settings::MetricSourceConfig& config) {
  Result<std::unique_ptr<MetricSource>> source{Error{Errc::bad_request, "unknown type"}};
  if (const auto* prometheus{std::get_if<PrometheusSettings>(&config.settings)}) {
    source = prometheus::make_prometheus_source(outside.context, outside.clock, name, *prometheus);
  }
  if (const auto* haproxy{std::get_if<HaproxyStatsSettings>(&config.settings)}) {
    source = haproxy::make_haproxy_source(outside.context, outside.clock, name, *haproxy);
  }
  if (const auto* file{std::get_if<FileSettings>(&config.settings)}) {
    source = file::make_file_source(outside.clock, name, *file);
  }
  if (!source) return with_context("metric_sources." + name, source.error());
  return std::shared_ptr<MetricSource>{std::move(*source)};
}

}  // namespace

Result<std::shared_ptr<SignalReader>> make_reader(Outside& outside,
                                                  const settings::Config& config) {
  std::vector<WorkloadSignals> signals{};
  for (const auto& [name, workload] : config.workloads) {
    signals.push_back({name, workload.labels, workload.signals});
  }
  std::vector<std::string> names{};
  for (const auto& [name, source] : config.metric_sources) names.push_back(name);
  PlannedReads planned{plan_reads(signals, config.shared_queries, names)};
  if (!planned.problems.empty()) return Error{Errc::bad_request, planned.problems.front()};
  std::vector<std::shared_ptr<MetricSource>> sources{};
  for (const std::string& name : planned.plan.sources) {
    auto source{make_source(outside, name, config.metric_sources.at(name))};
    if (!source) return source.error();
    sources.push_back(std::move(*source));
  }
  return std::make_shared<SignalReader>(outside.clock, std::move(sources), std::move(planned.plan));
}

Result<std::shared_ptr<WorkReader>> make_work_reader(Outside& outside,
                                                     const settings::Config& config) {
  std::vector<std::shared_ptr<MetricSource>> sources{};
  std::vector<WorkReader::Question> questions{};
  std::map<std::string, std::size_t> places{};  // of a source in the list
  for (const auto& [name, workload] : config.workloads) {
    if (!workload.replica.has_busy) continue;
    WorkReader::Question question{.workload = name, .settings = workload.replica.busy};
    SignalSettings& from{question.settings.from};
    const std::string where{"workload `" + name + "`, replica.busy"};
    for (std::string* text : {&from.query, &from.freshness_query}) {
      auto expanded{expand_query(*text, name, workload.labels)};
      if (!expanded) return with_context(where, expanded.error());
      *text = std::move(*expanded);
    }
    const bool is_only_one{from.source.empty() && config.metric_sources.size() == 1};
    const auto source{is_only_one ? config.metric_sources.begin()
                                  : config.metric_sources.find(from.source)};
    if (source == config.metric_sources.end()) {
      return Error{Errc::bad_request, where + ": name a `source` of `metric_sources`"};
    }
    const auto [place, is_new]{places.try_emplace(source->first, sources.size())};
    if (is_new) {
      auto made{make_source(outside, source->first, source->second)};
      if (!made) return made.error();
      sources.push_back(std::move(*made));
    }
    question.source = place->second;
    questions.push_back(std::move(question));
  }
  return std::make_shared<WorkReader>(outside.clock, std::move(sources), std::move(questions));
}

}  // namespace spillway::wiring
