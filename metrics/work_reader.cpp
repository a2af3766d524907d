#include "metrics/work_reader.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "controller/io/gather.hpp"
#include "metrics/judge.hpp"

namespace spillway {

namespace asio = boost::asio;

namespace {

using Answers = std::vector<Result<Answer>>;

asio::awaitable<Answers> ask(std::shared_ptr<MetricSource> source, std::vector<Query> queries,
                             io::Deadline deadline) {
  if (queries.empty()) co_return Answers{};
  co_return co_await source->read(std::move(queries), deadline);
}

/// The samples that are believed, each judged as a reading is.
WorkInHand believed(const WorkReader::Question& question, const std::string& source,
                    const Result<Answer>& answer, const Result<Answer>* times, TimePoint now) {
  WorkInHand work{};
  if (!answer) return work;
  const SignalSettings& from{question.settings.from};
  const TrustRules rules{.stale_after = from.stale_after, .scale = from.scale};
  for (const auto& [label, sample] : answer->samples) {
    if (label.empty()) continue;  // a series without the label is of no replica
    const Received received{.source = source,
                            .answer = answer,
                            .sample_times = times,
                            .join_label = question.settings.label,
                            .key = label};
    std::optional<KnownValue> known{};
    const Judged judged{judge(received, rules, now, known)};
    const auto jobs{judged.reading.fresh_value()};
    if (jobs) work[label] = {.jobs = *jobs, .sampled_at = judged.reading.sampled_at()};
  }
  return work;
}

}  // namespace

WorkReader::WorkReader(io::Clock& clock, std::vector<std::shared_ptr<MetricSource>> sources,
                       std::vector<Question> questions)
    : clock_{clock}, sources_{std::move(sources)}, questions_{std::move(questions)} {
  for (const Question& each : questions_) SPILLWAY_ASSERT(each.source < sources_.size());
}

asio::awaitable<std::map<std::string, WorkInHand>> WorkReader::read(std::set<std::string> workloads,
                                                                    io::Deadline deadline) {
  struct Asked {
    std::size_t question{0};
    std::size_t jobs{0};  // positions among the source's queries
    std::optional<std::size_t> times{};
  };
  std::vector<Asked> asked{};
  std::vector<std::vector<Query>> queries(sources_.size());
  for (std::size_t i{0}; i < questions_.size(); ++i) {
    const Question& question{questions_[i]};
    if (!workloads.contains(question.workload)) continue;
    const WorkSettings& settings{question.settings};
    std::vector<Query>& list{queries[question.source]};
    Asked entry{.question = i, .jobs = list.size()};
    list.push_back({.text = settings.from.query, .join_label = settings.label});
    if (!settings.from.freshness_query.empty()) {
      entry.times = list.size();
      list.push_back({.text = settings.from.freshness_query, .join_label = settings.label});
    }
    asked.push_back(entry);
  }
  std::map<std::string, WorkInHand> work{};
  if (asked.empty()) co_return work;
  std::vector<asio::awaitable<Answers>> questions{};
  for (std::size_t source{0}; source < sources_.size(); ++source) {
    questions.push_back(ask(sources_[source], std::move(queries[source]), deadline));
  }
  const std::size_t at_once{questions.size()};
  const std::vector<Answers> answers{co_await io::gather(std::move(questions), at_once)};
  const TimePoint now{clock_.now()};
  for (const Asked& each : asked) {
    const Question& question{questions_[each.question]};
    const Answers& from_source{answers[question.source]};
    const Result<Answer>* const times{each.times ? &from_source[*each.times] : nullptr};
    work[question.workload] =
        believed(question, sources_[question.source]->name(), from_source[each.jobs], times, now);
  }
  co_return work;
}

}  // namespace spillway
