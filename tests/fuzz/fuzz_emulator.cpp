// The emulator's requests: the first line is method and target, the rest the body. Whatever comes,
// it answers with a status, and an error has a code.

#include <string>

#include "tests/emulator/harness.hpp"
#include "tests/fuzz/input.hpp"

namespace spillway::fuzz_emulator {

SPILLWAY_FUZZ_TARGET(emulator, data, size) {
  const std::string_view text{fuzz::text(data, size)};
  const std::size_t line{std::min(text.find('\n'), text.size())};
  const std::size_t blank{std::min(text.find(' '), line)};
  const std::string body{text.substr(std::min(line + 1, text.size()))};
  const std::string target{
      text.substr(std::min(blank + 1, line), line - std::min(blank + 1, line))};
  emulator::Harness azure{};
  for (const std::string& where : {target, emulator::Harness::path("/fuzzed")}) {
    const auto response = azure.send(text.substr(0, blank), where, body);
    SPILLWAY_ASSERT(response.status >= 200 && response.status < 600);
  }
  const auto created = azure.send("PUT", emulator::Harness::path("/fuzzed"), body);
  if (created.status >= 400) SPILLWAY_ASSERT(!emulator::code_of(created).empty());
  azure.now += std::chrono::minutes{2};
  SPILLWAY_ASSERT(azure.get("fuzzed").status < 500);
  return 0;
}

}  // namespace spillway::fuzz_emulator
