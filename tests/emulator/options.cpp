#include "tests/emulator/options.hpp"

#include "tests/emulator/text.hpp"

namespace spillway::emulator {

Client default_client(const EmulatorOptions& options) {
  return {.tenant = options.tenant,
          .id = "22222222-2222-2222-2222-222222222222",
          .secret = "emulator-secret"};
}

const ImageRule* find_image(const EmulatorOptions& options, const std::string& image) {
  if (const auto exact{options.images.find(image)}; exact != options.images.end()) {
    return &exact->second;
  }
  for (const auto& [pattern, rule] : options.images) {
    if (matches_glob(pattern, image)) return &rule;
  }
  return nullptr;
}

}  // namespace spillway::emulator
