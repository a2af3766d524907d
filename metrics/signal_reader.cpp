#include "metrics/signal_reader.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "controller/io/gather.hpp"
#include "controller/io/log.hpp"

namespace spillway {

namespace asio = boost::asio;

namespace {

void log_transition(const SourceHealth& before, const SourceHealth& after) {
  if (before.state == after.state) return;
  if (after.state == SourceState::failing) {
    io::log_event(io::LogLevel::error, "SourceFailing",
                  {{"source", after.name}, {"error", after.trouble}});
  } else if (after.state == SourceState::degraded) {
    io::log_event(io::LogLevel::warning, "SourceDegraded",
                  {{"source", after.name}, {"error", after.trouble}});
  } else if (before.state != SourceState::unknown) {
    io::log_event(io::LogLevel::info, "SourceRecovered",
                  {{"source", after.name},
                   {"was", to_string(before.state)},
                   {"for", after.since - before.since},
                   {"reads", before.reads_in_state}});
  }
}

}  // namespace

SignalReader::SignalReader(io::Clock& clock, std::vector<std::shared_ptr<MetricSource>> sources,
                           ReadPlan plan)
    : clock_{clock},
      sources_{std::move(sources)},
      plan_{std::move(plan)},
      known_(plan_.uses.size()),
      clocks_(plan_.sources.size()) {
  SPILLWAY_ASSERT(sources_.size() == plan_.sources.size());
  for (const std::string& name : plan_.sources) health_.push_back({.name = name});
}

asio::awaitable<std::map<std::string, Readings>> SignalReader::read(io::Deadline deadline) {
  std::vector<asio::awaitable<Answers>> asked{};
  for (std::size_t source{0}; source < sources_.size(); ++source) {
    asked.push_back(ask(source, deadline));
  }
  const std::size_t at_once{std::max<std::size_t>(asked.size(), 1)};
  const std::vector<Answers> answers{co_await io::gather(std::move(asked), at_once)};
  const TimePoint now{clock_.now()};
  doubts_.fill(0);
  std::vector<Readings> readings(plan_.workloads.size());
  for (std::size_t use{0}; use < plan_.uses.size(); ++use) {
    const ReadPlan::Use& what{plan_.uses[use]};
    readings[what.workload].set(plan_.signals[what.signal], judged(use, answers, now));
  }
  doubt_log_.tell(now);
  std::map<std::string, Readings> by_workload{};
  for (std::size_t i{0}; i < readings.size(); ++i) {
    by_workload.emplace_hint(by_workload.end(), plan_.workloads[i], std::move(readings[i]));
  }
  co_return by_workload;
}

asio::awaitable<SignalReader::Answers> SignalReader::ask(std::size_t source,
                                                         io::Deadline deadline) {
  const TimePoint asked_at{clock_.now()};
  if (plan_.queries[source].empty()) co_return Answers{};
  auto answers = co_await sources_[source]->read(plan_.queries[source], deadline);
  SPILLWAY_ASSERT(answers.size() == plan_.queries[source].size());
  note_health(source, answers, asked_at);
  clocks_[source].note(plan_.sources[source], sources_[source]->clock_ahead());
  co_return answers;
}

Reading SignalReader::judged(std::size_t use, const std::vector<Answers>& answers, TimePoint now) {
  const ReadPlan::Use& what{plan_.uses[use]};
  const Answers& from_source{answers[what.source]};
  const Query& query{plan_.queries[what.source][what.query]};
  const Received received{.source = plan_.sources[what.source],
                          .answer = from_source[what.query],
                          .sample_times = what.sample_times == ReadPlan::none
                                              ? nullptr
                                              : &from_source[what.sample_times],
                          .join_label = query.join_label,
                          .key = what.key};
  Judged outcome{judge(received, plan_.rules[what.rules], now, known_[use])};
  ++doubts_[static_cast<std::size_t>(outcome.doubt)];
  // A source that fails is told as its health; a query that it refuses is nobody else's trouble.
  const bool is_refused{!received.answer && received.answer.error().code == Errc::bad_request};
  const bool is_of_reading{outcome.doubt != Doubt::none && outcome.doubt != Doubt::source_failed};
  if (is_of_reading || is_refused) {
    doubt_log_.note(plan_.sources[what.source], plan_.signals[what.signal], outcome.doubt,
                    plan_.workloads[what.workload], outcome.reading.why());
  }
  return std::move(outcome.reading);
}

void SignalReader::note_health(std::size_t source, const Answers& answers, TimePoint asked_at) {
  const TimePoint now{clock_.now()};
  SourceHealth after{health_after(health_[source], answers, now, now - asked_at)};
  log_transition(health_[source], after);
  health_[source] = std::move(after);
}

void SignalReader::remember(const SignalReader& old) {
  std::map<std::pair<std::string_view, std::string_view>, KnownValue> by_name{};
  for (std::size_t use{0}; use < old.known_.size(); ++use) {
    if (!old.known_[use]) continue;
    const ReadPlan::Use& what{old.plan_.uses[use]};
    by_name.insert_or_assign({old.plan_.workloads[what.workload], old.plan_.signals[what.signal]},
                             *old.known_[use]);
  }
  for (std::size_t use{0}; use < known_.size(); ++use) {
    const ReadPlan::Use& what{plan_.uses[use]};
    const auto found{by_name.find({plan_.workloads[what.workload], plan_.signals[what.signal]})};
    if (found != by_name.end()) known_[use] = found->second;
  }
  doubt_log_ = old.doubt_log_;
  for (std::size_t source{0}; source < plan_.sources.size(); ++source) {
    const auto same{std::ranges::find(old.plan_.sources, plan_.sources[source])};
    if (same == old.plan_.sources.end()) continue;
    clocks_[source] =
        old.clocks_[static_cast<std::size_t>(std::distance(old.plan_.sources.begin(), same))];
  }
}

}  // namespace spillway
