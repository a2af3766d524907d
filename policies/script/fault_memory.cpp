#include "policies/script/fault_memory.hpp"

#include <limits>

#include "policies/remembered.hpp"

namespace spillway {
namespace {

/// Scripts may only keep finite numbers.
constexpr double mark{std::numeric_limits<double>::infinity()};

}  // namespace

FaultMemory FaultMemory::of(const Memory& kept) {
  const std::size_t size{kept.size()};
  if (size < 2 || kept.back() != mark) return {.of_script = kept};
  return {.of_script = Memory(kept.begin(), kept.end() - 2),
          .failing_since = instant_from_memory(kept[size - 2])};
}

Memory FaultMemory::memory() const {
  Memory kept{of_script};
  if (failing_since) {
    kept.push_back(to_memory(*failing_since));
    kept.push_back(mark);
  }
  return kept;
}

}  // namespace spillway
