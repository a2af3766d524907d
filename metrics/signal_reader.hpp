// All readings of all workloads at one tick: asks every source at once, each question once, under
// one deadline, and has every answer judged. Remembers the last believed value of each reading, so
// that a blind tick can show it. Logs sources when they fail and recover, not each tick.
// One thread: the loop's.
#pragma once

#include <array>
#include <boost/asio/awaitable.hpp>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "controller/core/reading.hpp"
#include "controller/io/clock.hpp"
#include "controller/io/deadline.hpp"
#include "metrics/doubt_log.hpp"
#include "metrics/judge.hpp"
#include "metrics/metric_source.hpp"
#include "metrics/read_plan.hpp"
#include "metrics/source_clock.hpp"
#include "metrics/source_health.hpp"

namespace spillway {

class SignalReader {
 public:
  /// How many readings of the last tick had which doubt, by the position in `all_doubts`.
  using DoubtCounts = std::array<std::size_t, all_doubts.size()>;

  /// `sources` are those that `plan.sources` names, in that order.
  SignalReader(io::Clock& clock, std::vector<std::shared_ptr<MetricSource>> sources, ReadPlan plan);

  /// The readings by workload. Never fails as a whole: what could not be read is stale or missing.
  /// One call at a time.
  boost::asio::awaitable<std::map<std::string, Readings>> read(io::Deadline deadline);

  /// Takes over the last believed values of `old` for the workloads and signals that both have, and
  /// what was told of doubts and clocks: after the config was reloaded.
  void remember(const SignalReader& old);

  const std::vector<SourceHealth>& health() const { return health_; }
  const DoubtCounts& doubts() const { return doubts_; }

 private:
  using Answers = std::vector<Result<Answer>>;

  boost::asio::awaitable<Answers> ask(std::size_t source, io::Deadline deadline);
  Reading judged(std::size_t use, const std::vector<Answers>& answers, TimePoint now);
  void note_health(std::size_t source, const Answers& answers, TimePoint asked_at);

  io::Clock& clock_;
  std::vector<std::shared_ptr<MetricSource>> sources_;
  ReadPlan plan_;
  std::vector<std::optional<KnownValue>> known_;  // for each use
  std::vector<SourceHealth> health_{};
  std::vector<SourceClock> clocks_;  // for each source
  DoubtCounts doubts_{};
  DoubtLog doubt_log_{};
};

}  // namespace spillway
