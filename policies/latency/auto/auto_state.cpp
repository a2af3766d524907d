#include "policies/latency/auto/auto_state.hpp"

#include <utility>

namespace spillway::autopilot {
namespace {

// To be raised when the meaning of a number changes without the length.
constexpr double layout{8.0};

}  // namespace

State::State() = default;

Memory State::numbers() const {
  State copy{*this};  // its parts describe themselves to be written and to be read
  double version{layout};
  Counter counter{};
  counter.number(version);
  copy.keep(counter);
  Memory memory(counter.count());
  Writer writer{memory};
  writer.number(version);
  copy.keep(writer);
  return memory;
}

bool State::settle() {
  Rounder rounder{};
  keep(rounder);
  return rounder.is_finite();
}

std::shared_ptr<State> restore(const KeptMemory& memory) {
  if (const auto* const form{memory.as<State>()}) return std::make_shared<State>(*form);
  auto state{std::make_shared<State>()};
  const Memory numbers{memory.numbers()};
  if (numbers.empty() || numbers.front() != layout) return state;
  Reader reader{numbers};
  double version{0.0};
  reader.number(version);
  state->keep(reader);
  return reader.is_whole() ? state : std::make_shared<State>();
}

KeptMemory keep(std::shared_ptr<State> state) {
  if (!state->settle()) return {};
  return KeptMemory{std::move(state)};
}

}  // namespace spillway::autopilot
