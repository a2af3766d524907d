#include "tests/emulator/options.hpp"

#include "tests/emulator/text.hpp"

namespace spillway::emulator {

Client default_client(const EmulatorOptions& options) {
  return {.tenant = options.tenant,
          .id = "22222222-2222-2222-2222-222222222222",
          .secret = "emulator-secret",
          .certificates = {},
          .federations = {{.issuer = "*", .subject = "*"}}};
}

Identity default_identity(const EmulatorOptions& options) {
  const std::string id{options.clients.empty() ? default_client(options).id
                                               : options.clients.front().id};
  return {.client_id = id, .object_id = id};
}

std::vector<std::string> all_api_versions() {
  return {"2017-08-01-preview", "2017-10-01-preview", "2017-12-01-preview", "2018-02-01-preview",
          "2018-04-01",         "2018-06-01",         "2018-09-01",         "2018-10-01",
          "2019-12-01",         "2020-11-01",         "2021-03-01",         "2021-07-01",
          "2021-09-01",         "2021-10-01",         "2022-09-01",         "2022-10-01-preview",
          "2023-02-01-preview", "2023-05-01",         "2024-05-01-preview", "2024-09-01-preview",
          "2024-10-01-preview", "2024-11-01-preview", "2025-09-01",         "2026-05-01"};
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
