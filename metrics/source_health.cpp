#include "metrics/source_health.hpp"

namespace spillway {

std::string_view to_string(SourceState state) {
  switch (state) {
    case SourceState::unknown:
      return "unknown";
    case SourceState::ok:
      return "ok";
    case SourceState::degraded:
      return "degraded";
    case SourceState::failing:
      return "failing";
  }
  return "unknown";
}

SourceHealth health_after(SourceHealth before, const std::vector<Result<Answer>>& answers,
                          TimePoint now, Duration took) {
  if (answers.empty()) return before;
  std::size_t failed{0};
  std::string trouble{};
  for (const Result<Answer>& answer : answers) {
    if (!answer) ++failed;
    if (!trouble.empty()) continue;
    if (!answer) trouble = to_string(answer.error());
    if (answer && !answer->warnings.empty()) trouble = answer->warnings.front();
    if (answer && !answer->faults.empty()) trouble = answer->faults.begin()->second;
  }
  const SourceState state{failed == answers.size() ? SourceState::failing
                          : trouble.empty()        ? SourceState::ok
                                                   : SourceState::degraded};
  SourceHealth after{std::move(before)};
  after.since = state == after.state ? after.since : now;
  after.reads_in_state = state == after.state ? after.reads_in_state + 1 : 1;
  after.state = state;
  ++after.reads[static_cast<std::size_t>(state)];
  after.trouble = std::move(trouble);
  if (failed < answers.size()) after.answered_at = now;
  after.took = took;
  after.queries = answers.size();
  return after;
}

}  // namespace spillway
