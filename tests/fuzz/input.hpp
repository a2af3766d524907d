// What the fuzz targets share: how one begins, and the input as text.
//
// libFuzzer wants a program for each target, with an entry point of one name. Their corpus is
// replayed by one program that has them all, as 22 would take eight times as long to compile.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string_view>

#include "controller/core/error.hpp"

namespace spillway::fuzz {

using Target = int (*)(const std::uint8_t* data, std::size_t size);

/// The targets of this program by name; filled before `main`.
inline std::map<std::string_view, Target>& targets() {
  static std::map<std::string_view, Target> all{};
  return all;
}

struct Listed {
  Listed(std::string_view name, Target target) { targets()[name] = target; }
};

inline std::string_view text(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

}  // namespace spillway::fuzz

/// Begins the target `thing`; its body follows in braces and returns 0. Each has a namespace of its
/// own, since their libraries have words in common.
#ifdef SPILLWAY_FUZZ_REPLAY
#define SPILLWAY_FUZZ_TARGET(thing, data, size)                  \
  static int target(const std::uint8_t* data, std::size_t size); \
  static const spillway::fuzz::Listed listed{#thing, target};    \
  static int target(const std::uint8_t* data, std::size_t size)
#else
#define SPILLWAY_FUZZ_TARGET(thing, data, size) \
  extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
#endif
