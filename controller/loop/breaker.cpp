#include "controller/loop/breaker.hpp"

#include <algorithm>

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

TimePoint Breakers::refused_at(const std::string& key) const {
  const auto found{states_.find(key)};
  return found == states_.end() ? TimePoint::min() : found->second.refused_at;
}

}  // namespace spillway
