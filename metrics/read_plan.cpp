#include "metrics/read_plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "metrics/query_text.hpp"

namespace spillway {

namespace {

std::string listed(const std::vector<std::string>& names) {
  std::string list{};
  for (const std::string& name : names) list += (list.empty() ? "" : ", ") + name;
  return list.empty() ? "none" : list;
}

/// The position of each different value, in the order of first appearance.
template <class T>
class Numbering {
 public:
  ReadPlan::Index number_of(const T& value) {
    const auto [at,
                is_new]{numbers_.try_emplace(value, static_cast<ReadPlan::Index>(values_.size()))};
    if (is_new) values_.push_back(value);
    return at->second;
  }
  std::vector<T> take() { return std::move(values_); }

 private:
  std::map<T, ReadPlan::Index> numbers_{};
  std::vector<T> values_{};
};

class Planner {
 public:
  Planner(const std::vector<SharedQuerySettings>& shared, const std::vector<std::string>& sources)
      : shared_{shared}, sources_{sources}, queries_(sources.size()) {}

  void add(const WorkloadSignals& workload) {
    const auto index{static_cast<ReadPlan::Index>(plan_.workloads.size())};
    plan_.workloads.push_back(workload.workload);
    for (const auto& [signal, settings] : workload.signals) {
      const std::string where{fmt::format("workload `{}`, signal `{}`", workload.workload, signal)};
      add_own(where, index, signal, settings, workload);
    }
    for (const SharedQuerySettings& query : shared_) {
      if (!workload.signals.contains(query.signal)) add_shared(index, query, workload);
    }
  }

  PlannedReads finish() {
    plan_.sources = sources_;
    plan_.signals = signals_.take();
    for (auto& queries : queries_) plan_.queries.push_back(queries.take());
    return {.plan = std::move(plan_), .problems = std::move(problems_)};
  }

 private:
  std::optional<ReadPlan::Index> source_of(const std::string& where,
                                           const SignalSettings& settings) {
    if (settings.source.empty() && sources_.size() == 1) return 0;
    const auto found{std::find(sources_.begin(), sources_.end(), settings.source)};
    if (found != sources_.end()) {
      return static_cast<ReadPlan::Index>(std::distance(sources_.begin(), found));
    }
    report(where, settings.source.empty()
                      ? fmt::format("name a `source`; sources are: {}", listed(sources_))
                      : fmt::format("unknown source `{}`; sources are: {}", settings.source,
                                    listed(sources_)));
    return std::nullopt;
  }

  // The same problem of a shared query would come once per workload.
  void report(const std::string& where, const std::string& what) {
    std::string problem{where + ": " + what};
    if (std::find(problems_.begin(), problems_.end(), problem) == problems_.end()) {
      problems_.push_back(std::move(problem));
    }
  }

  void add_own(const std::string& where, ReadPlan::Index workload, const std::string& signal,
               const SignalSettings& settings, const WorkloadSignals& names) {
    const auto source{source_of(where, settings)};
    const auto query{expand_query(settings.query, names.workload, names.labels)};
    const auto times{expand_query(settings.freshness_query, names.workload, names.labels)};
    if (!query) report(where + ", query", query.error().context);
    if (!times) report(where + ", freshness_query", times.error().context);
    if (!source || !query || !times) return;
    add_use(workload, signal, *source, settings, {.text = *query}, {.text = *times}, "");
  }

  void add_shared(ReadPlan::Index workload, const SharedQuerySettings& query,
                  const WorkloadSignals& names) {
    const std::string where{fmt::format("shared query for `{}`", query.signal)};
    const auto source{source_of(where, query.from)};
    if (!source) return;
    if (query.join_label.empty()) return report(where, "a join_label is needed");
    if (query.from.query.find("{{") != std::string::npos) {
      return report(where, "placeholders make no sense in a query that serves every workload");
    }
    const auto label{names.labels.find(query.join_label)};
    add_use(workload, query.signal, *source, query.from,
            {.text = query.from.query, .join_label = query.join_label},
            {.text = query.from.freshness_query, .join_label = query.join_label},
            label == names.labels.end() ? names.workload : label->second);
  }

  void add_use(ReadPlan::Index workload, const std::string& signal, ReadPlan::Index source,
               const SignalSettings& settings, const Query& query, const Query& times,
               std::string key) {
    plan_.uses.push_back(
        {.workload = workload,
         .signal = signals_.number_of(signal),
         .source = source,
         .query = queries_[source].number_of(query),
         .sample_times = times.text.empty() ? ReadPlan::none : queries_[source].number_of(times),
         .rules = rules_number({.stale_after = settings.stale_after,
                                .scale = settings.scale,
                                .may_be_negative = settings.may_be_negative}),
         .key = std::move(key)});
  }

  ReadPlan::Index rules_number(const TrustRules& rules) {
    const auto found{std::find(plan_.rules.begin(), plan_.rules.end(), rules)};
    const auto number{static_cast<ReadPlan::Index>(std::distance(plan_.rules.begin(), found))};
    if (found == plan_.rules.end()) plan_.rules.push_back(rules);
    return number;
  }

  const std::vector<SharedQuerySettings>& shared_;
  const std::vector<std::string>& sources_;
  ReadPlan plan_{};
  std::vector<std::string> problems_{};
  Numbering<std::string> signals_{};
  std::vector<Numbering<Query>> queries_;
};

}  // namespace

PlannedReads plan_reads(const std::vector<WorkloadSignals>& workloads,
                        const std::vector<SharedQuerySettings>& shared,
                        const std::vector<std::string>& source_names) {
  Planner planner{shared, source_names};
  for (const WorkloadSignals& workload : workloads) planner.add(workload);
  return planner.finish();
}

}  // namespace spillway
