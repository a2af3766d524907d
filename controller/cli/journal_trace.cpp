#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "controller/cli/history_trace.hpp"
#include "controller/cli/readable_state.hpp"

namespace spillway::cli {
namespace {

constexpr int page_size{1000};

struct Sampled {
  TimePoint at{};
  double value{0.0};
};

/// Every entry's fresh reading of the signal, oldest first; of the load those between entries, too.
Result<std::vector<Sampled>> readings_of(Store& store, const HistoryQuery& query) {
  std::vector<Sampled> samples;
  std::optional<TimePoint> until{};
  std::optional<TimePoint> since{};
  for (;;) {
    const auto page{store.journal(
        {.workload = query.workload, .since = since, .until = until, .limit = page_size})};
    if (!page) return page.error();
    for (const JournalEntry& entry : *page) {
      if (!since) since = entry.at - query.range;
      const auto add{[&](TimePoint at, std::optional<double> value) {
        const bool is_next{samples.empty() || at < samples.back().at};
        if (value && is_next && at >= *since) samples.push_back({at, *value});
      }};
      add(entry.at, entry.snapshot.readings[query.signal].fresh_value());
      if (query.signal != signal::load) continue;
      for (auto each{entry.loads.rbegin()}; each != entry.loads.rend(); ++each) {
        add(each->at, each->load_rps);
      }
    }
    if (static_cast<int>(page->size()) < page_size) break;
    until = page->back().at;
  }
  std::ranges::reverse(samples);
  return samples;
}

}  // namespace

Result<backtest::LoadTrace> trace_from_journal(const settings::Config& config,
                                               const HistoryQuery& query) {
  const auto store{open_to_read(config.state.directory)};
  if (!store) return with_context(config.state.directory, store.error());
  const auto samples{readings_of(**store, query)};
  if (!samples) return with_context(config.state.directory, samples.error());
  if (samples->size() < 2) {
    return Error{
        Errc::not_found,
        fmt::format("{}: the journal has {} readings of `{}` for workload `{}`; a controller that "
                    "runs writes those of quiet ticks at least every `journal_heartbeat`",
                    config.state.directory, samples->size(), query.signal, query.workload)};
  }
  backtest::LoadTrace trace{.name = query.workload, .origin = samples->front().at};
  trace.times.reserve(samples->size());
  trace.values.reserve(samples->size());
  for (const Sampled& each : *samples) {
    trace.times.push_back(each.at - samples->front().at);
    trace.values.push_back(each.value);
  }
  return trace;
}

}  // namespace spillway::cli
