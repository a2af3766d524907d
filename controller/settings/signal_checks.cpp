#include "controller/settings/signal_checks.hpp"

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "controller/settings/query_fault.hpp"
#include "controller/settings/wording.hpp"

namespace spillway::settings {
namespace {

/// The names between `{{` and `}}`.
std::vector<std::string_view> placeholders(std::string_view query) {
  std::vector<std::string_view> names;
  for (std::size_t at{query.find("{{")}; at != query.npos; at = query.find("{{", at)) {
    const std::size_t end{query.find("}}", at)};
    if (end == query.npos) break;
    names.push_back(query.substr(at + 2, end - at - 2));
    at = end;
  }
  return names;
}

void check_signal(CheckContext& context, Steps steps, const SignalSettings& signal) {
  const auto sources{names_of(context.config.metric_sources)};
  Steps source{steps};
  source.push_back("source");
  if (!signal.source.empty()) {
    context.check_reference(source, "metric source", signal.source, "metric_sources", sources);
  } else if (sources.size() != 1 && !context.complaints.mention("metric_sources")) {
    context.report(
        source, sources.empty()
                    ? std::string{"there is no metric source to ask; add one to "
                                  "\"metric_sources\""}
                    : fmt::format("which source? \"metric_sources\" has {}", enumerate(sources)));
  }
  for (const auto& [key, text] :
       {std::pair{"query", &signal.query}, {"freshness_query", &signal.freshness_query}}) {
    if (text->empty()) continue;
    Steps query{steps};
    query.emplace_back(key);
    if (auto fault{query_fault(context.config, signal, *text)}) {
      context.report(query, std::move(*fault));
    }
  }
  if (signal.stale_after < context.config.interval) {
    steps.push_back("stale_after");
    context.report(steps,
                   fmt::format("{} is shorter than the interval of {}: a reading would be too old "
                               "before the next one; expected at least {}",
                               spillway::to_string(signal.stale_after),
                               spillway::to_string(context.config.interval),
                               spillway::to_string(context.config.interval)));
  }
}

}  // namespace

void check_shared_queries(CheckContext& context) {
  for (std::size_t i{0}; i < context.config.shared_queries.size(); ++i) {
    const SignalSettings& query{context.config.shared_queries[i].from};
    const std::string index{fmt::format("{}", i)};
    check_signal(context, {"shared_queries", index}, query);
    if (!placeholders(query.query).empty()) {
      context.report({"shared_queries", index, "query"},
                     "a shared query serves all workloads, so it has no {{placeholders}}; it is "
                     "told apart by join_label");
    }
  }
}

void check_own_signal(CheckContext& context, const Steps& steps, const SignalSettings& signal,
                      const WorkloadConfig& workload) {
  check_signal(context, steps, signal);
  Steps query{steps};
  query.push_back("query");
  for (const std::string_view label : placeholders(signal.query)) {
    if (label == "workload" || workload.labels.contains(std::string{label})) continue;
    context.report(
        query,
        fmt::format("uses {{{{{0}}}}}, but the workload has no label {1}; add it to \"labels\"",
                    label, quoted(label)));
  }
}

}  // namespace spillway::settings
