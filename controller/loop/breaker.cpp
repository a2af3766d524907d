#include "controller/loop/breaker.hpp"

#include <algorithm>

#include "controller/core/text_rows.hpp"

namespace spillway {

void Breakers::refuse(const std::string& key, Because because, TimePoint now) {
  State& state{states_[key]};
  // The answer to a request sent before it opened says nothing new; that of the one try does.
  if (now < state.open_until && !state.is_probing) return;
  state.is_probing = false;
  state.pause = state.pause == Duration::zero() ? settings_.first
                                                : std::min(2 * state.pause, settings_.longest);
  state.refused_at = now;
  state.open_until = now + state.pause;
  state.because = because;
}

void Breakers::fail(const std::string& key, Because because, TimePoint now) {
  State& state{states_[key]};
  if (++state.failures < settings_.failures_in_a_row && !state.is_probing) return;
  state.failures = 0;
  refuse(key, because, now);
}

void Breakers::succeed(const std::string& key, TimePoint asked_at) {
  const auto found{states_.find(key)};
  if (found == states_.end()) return;
  found->second.failures = 0;
  if (asked_at > found->second.refused_at) states_.erase(found);
}

std::optional<Because> Breakers::closed_because(const std::string& key, TimePoint now) const {
  const auto found{states_.find(key)};
  if (found == states_.end() || now >= found->second.open_until) return std::nullopt;
  return found->second.because;
}

bool Breakers::is_half_open(const std::string& key, TimePoint now) const {
  const auto found{states_.find(key)};
  return found != states_.end() && found->second.pause > Duration::zero() &&
         now >= found->second.open_until;
}

void Breakers::note_try(const std::string& key, TimePoint now) {
  if (!is_half_open(key, now)) return;
  State& state{states_[key]};
  state.is_probing = true;
  state.open_until = now + settings_.probe;
}

void Breakers::forgive(std::string_view prefix, Because because) {
  std::erase_if(states_, [&](const auto& entry) {
    return entry.first.starts_with(prefix) && entry.second.because == because;
  });
}

void Breakers::forget_future(TimePoint now) {
  std::erase_if(states_, [&](const auto& entry) { return entry.second.refused_at > now; });
}

std::string Breakers::to_text() const {
  const auto instant{[](TimePoint at) { return std::to_string(at.time_since_epoch().count()); }};
  std::string text{};
  for (const auto& [key, state] : states_) {
    add_row(text, {key, std::to_string(state.failures), std::to_string(state.pause.count()),
                   instant(state.refused_at), instant(state.open_until),
                   std::string{to_string(state.because)}});
  }
  return text;
}

void Breakers::read_text(std::string_view text) {
  for (const auto& row : rows_of(text, 6)) {
    const auto failures{number_of<int>(row[1])};
    const auto pause{number_of<std::int64_t>(row[2])};
    const auto refused_at{number_of<std::int64_t>(row[3])};
    const auto open_until{number_of<std::int64_t>(row[4])};
    const auto because{because_named(row[5])};
    if (!failures || !pause || !refused_at || !open_until || !because) continue;
    State& state{states_[row[0]]};
    state.failures = std::max(0, *failures);
    state.pause = std::clamp(Duration{*pause}, Duration{}, settings_.longest);
    state.refused_at = TimePoint{Duration{*refused_at}};
    // A clock that was wrong then must not keep a place closed for years.
    state.open_until = std::min(TimePoint{Duration{*open_until}},
                                state.refused_at + state.pause + settings_.probe);
    state.because = *because;
  }
}

TimePoint Breakers::refused_at(const std::string& key) const {
  const auto found{states_.find(key)};
  return found == states_.end() ? TimePoint::min() : found->second.refused_at;
}

}  // namespace spillway
