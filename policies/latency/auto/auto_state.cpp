#include "policies/latency/auto/auto_state.hpp"

namespace spillway::autopilot {
namespace {

// To be raised when the meaning of a number changes without the length.
constexpr double layout{6.0};

}  // namespace

State::State() = default;

State restore(const Memory& memory) {
  State state{};
  if (memory.empty() || memory.front() != layout) return state;
  Reader reader{memory};
  double version{0.0};
  reader.number(version);
  state.keep(reader);
  if (!reader.is_whole()) state = State{};
  return state;
}

Memory to_memory(State& state) {
  Memory memory{};
  memory.reserve(768);
  Writer writer{memory};
  double version{layout};
  writer.number(version);
  state.keep(writer);
  // After readings beyond all measure it begins anew, rather than remember an infinity.
  if (!writer.is_finite()) memory.clear();
  return memory;
}

}  // namespace spillway::autopilot
