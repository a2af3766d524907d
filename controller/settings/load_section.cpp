#include "controller/settings/load_section.hpp"

#include <fmt/format.h>

#include "controller/settings/document.hpp"
#include "controller/settings/yaml_reader.hpp"

namespace spillway::settings {

std::vector<ConfigError> load_section(const std::string& path, const Fields::Describe& describe,
                                      const Environment& environment) {
  const auto text{environment.read_file(path, document_bytes_max)};
  if (text) return parse_section(*text, path, describe, environment);
  return {{.file = path, .message = fmt::format("cannot be read: {}", text.error().context)}};
}

std::vector<ConfigError> parse_section(std::string_view text, const std::string& name,
                                       const Fields::Describe& describe,
                                       const Environment& environment) {
  Complaints complaints;
  const NodePtr root{parse_document(text, complaints.add_file(name), complaints)};
  if (root) read_settings(*root, describe, environment, complaints);
  return complaints.sorted();
}

}  // namespace spillway::settings
