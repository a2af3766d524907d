// Runs the fuzz target THING over folders of inputs, as a plain test: each input as it is, every
// truncation of it and each byte of it changed (of long inputs a spread of places). Deterministic,
// so a failure here is a failure everywhere; real fuzzing is `meson setup -Dfuzz=true` with clang.

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "tests/fuzz/input.hpp"

namespace {

constexpr std::size_t places_max{200};  // of one input that are cut or changed

void run(spillway::fuzz::Target target, const std::string& bytes) {
  // A copy of exactly this size on the heap, so that a sanitizer sees a read past its end.
  const std::vector<std::uint8_t> input(bytes.begin(), bytes.end());
  target(input.data(), input.size());
}

void run_with_damage(spillway::fuzz::Target target, const std::string& bytes) {
  run(target, bytes);
  const std::size_t step{bytes.size() / places_max + 1};
  for (std::size_t place{0}; place < bytes.size(); place += step) {
    run(target, bytes.substr(0, place));
    for (const int change : {0x01, 0x20, 0x80, 0xff}) {
      std::string damaged{bytes};
      damaged[place] = static_cast<char>(damaged[place] ^ change);
      run(target, damaged);
    }
  }
}

}  // namespace

int main(int count, char** arguments) {
  const auto& targets{spillway::fuzz::targets()};
  const auto target{count > 1 ? targets.find(arguments[1]) : targets.end()};
  if (target == targets.end()) {
    std::fprintf(stderr, "usage: fuzz_replay THING FOLDER...; fuzz_THING.cpp is no target here\n");
    return 2;
  }
  int inputs{0};
  for (int i{2}; i < count; ++i) {
    for (const auto& entry : std::filesystem::directory_iterator{arguments[i]}) {
      std::ifstream file{entry.path(), std::ios::binary};
      std::printf("%s\n", entry.path().c_str());
      std::fflush(stdout);  // so that a crash shows its input
      run_with_damage(target->second, {std::istreambuf_iterator<char>{file}, {}});
      ++inputs;
    }
  }
  std::printf("checks: %d passed, 0 failed\n", inputs);
  return inputs > 0 ? 0 : 1;
}
