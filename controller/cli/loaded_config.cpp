#include "controller/cli/loaded_config.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <variant>

#include "controller/settings/environment.hpp"
#include "controller/settings/load_config.hpp"

namespace spillway::cli {

std::optional<settings::Config> load_or_complain(const std::string& path) {
  const settings::ProcessEnvironment environment{};
  auto loaded{settings::load_config(path, environment)};
  if (const auto* errors{std::get_if<std::vector<settings::ConfigError>>(&loaded)}) {
    fmt::print(stderr, "{}\n{}: {} error{}\n", settings::to_string(*errors), path, errors->size(),
               errors->size() == 1 ? "" : "s");
    return std::nullopt;
  }
  return std::get<settings::Config>(std::move(loaded));
}

}  // namespace spillway::cli
