#include "policies/latency/forecast_memory.hpp"

#include <algorithm>
#include <cmath>

#include "policies/remembered.hpp"

namespace spillway {
namespace {

constexpr double forget_cost_after_s{86'400.0};

double pinball(double actual, double forecast, double quantile) {
  return actual > forecast ? quantile * (actual - forecast)
                           : (1.0 - quantile) * (forecast - actual);
}

}  // namespace

SeasonalPeaks::SeasonalPeaks(Duration season, Duration slot, int seasons)
    : season_{season}, slot_{slot}, seasons_{static_cast<std::size_t>(seasons)} {
  slots_.resize(static_cast<std::size_t>(season / slot),
                {.season = -1.0, .peaks = std::vector<double>(seasons_, -1.0)});
}

SeasonalPeaks::Position SeasonalPeaks::position(TimePoint instant) const {
  const auto ms{std::max<Duration::rep>(0, instant.time_since_epoch().count())};
  const auto slot{static_cast<std::size_t>((ms % season_.count()) / slot_.count())};
  const auto season{ms / season_.count()};
  return {static_cast<double>(season), std::min(slot, slots_.size() - 1)};
}

void SeasonalPeaks::restore(std::span<const double> kept) {
  if (kept.size() != memory_size() || !all_finite(kept)) return;
  for (std::size_t i{0}; i < slots_.size(); ++i) {
    const auto numbers{kept.subspan(i * (seasons_ + 1), seasons_ + 1)};
    slots_[i].season = numbers[0];
    std::ranges::copy(numbers.subspan(1), slots_[i].peaks.begin());
  }
}

void SeasonalPeaks::keep(Memory& memory) const {
  for (const Slot& slot : slots_) {
    memory.push_back(slot.season);
    memory.insert(memory.end(), slot.peaks.begin(), slot.peaks.end());
  }
}

void SeasonalPeaks::see(TimePoint now, double load_rps) {
  const Position at{position(now)};
  Slot& slot{slots_[at.slot]};
  if (at.season > slot.season) {
    // Seasons in which this slot was not seen leave no hole: the newest that were seen count.
    slot.season = at.season;
    std::rotate(slot.peaks.begin(), std::prev(slot.peaks.end()), slot.peaks.end());
    slot.peaks.front() = -1.0;
  }
  slot.peaks.front() = std::max(slot.peaks.front(), load_rps);
}

std::optional<double> SeasonalPeaks::quantile(TimePoint instant, double level) const {
  const Position at{position(instant)};
  const Slot& slot{slots_[at.slot]};
  std::vector<double> peaks{};
  for (std::size_t i{slot.season >= at.season ? std::size_t{1} : 0}; i < seasons_; ++i) {
    if (slot.peaks[i] >= 0.0) peaks.push_back(slot.peaks[i]);
  }
  if (peaks.empty()) return std::nullopt;
  std::ranges::sort(peaks);
  const double rank{std::ceil(level * static_cast<double>(peaks.size())) - 1.0};
  return peaks[static_cast<std::size_t>(std::max(0.0, rank))];
}

void ForecastRecord::restore(std::span<const double> kept) {
  if (kept.size() != memory_size || !all_finite(kept) || kept[0] < 0.0 || kept[1] < 0.0) return;
  forecast_cost_ = kept[0];
  reactive_cost_ = kept[1];
  settled_ms_ = kept[2];
  for (std::size_t i{3}; i < memory_size && kept[i] > 0.0; i += 5) {
    open_.push_back({kept[i], kept[i + 1], kept[i + 2], kept[i + 3], kept[i + 4]});
  }
}

void ForecastRecord::keep(Memory& memory) const {
  memory.insert(memory.end(), {forecast_cost_, reactive_cost_, settled_ms_});
  for (const Open& each : open_) {
    memory.insert(memory.end(),
                  {each.made_ms, each.due_ms, each.forecast_rps, each.reactive_rps, each.peak_rps});
  }
  memory.insert(memory.end(), 5 * (open_max - open_.size()), 0.0);
}

void ForecastRecord::settle(const Open& open, double quantile) {
  const double elapsed_s{std::max(0.0, (open.due_ms - settled_ms_) / 1000.0)};
  const double kept{std::exp(-elapsed_s / forget_cost_after_s)};
  forecast_cost_ = kept * forecast_cost_ + pinball(open.peak_rps, open.forecast_rps, quantile);
  reactive_cost_ = kept * reactive_cost_ + pinball(open.peak_rps, open.reactive_rps, quantile);
  settled_ms_ = std::max(settled_ms_, open.due_ms);
}

void ForecastRecord::see(TimePoint now, double load_rps, double forecast_rps, Duration horizon,
                         double quantile) {
  const double now_ms{to_memory(now)};
  const double horizon_ms{std::max(1.0, 1000.0 * seconds(horizon))};
  std::erase_if(open_, [&](const Open& open) {  // a clock that jumped, or a gap without samples
    return open.made_ms > now_ms || now_ms - open.due_ms > horizon_ms;
  });
  for (Open& open : open_) open.peak_rps = std::max(open.peak_rps, load_rps);
  while (!open_.empty() && open_.front().due_ms <= now_ms) {
    settle(open_.front(), quantile);
    open_.erase(open_.begin());
  }
  const bool is_due{open_.empty() ||
                    now_ms - open_.back().made_ms >= horizon_ms / static_cast<double>(open_max)};
  if (is_due && open_.size() < open_max && now_ms > 0.0) {
    open_.push_back({now_ms, now_ms + horizon_ms, forecast_rps, load_rps, load_rps});
  }
}

}  // namespace spillway
