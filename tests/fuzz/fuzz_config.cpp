// The config file: any bytes give a config or at least one error that says where, and nothing is
// read beyond what the environment hands out.

#include <variant>

#include "controller/settings/load_config.hpp"
#include "tests/fuzz/input.hpp"

namespace spillway::fuzz_config {

namespace {

using namespace spillway;

/// Two variables and one file, so that references are followed.
class SmallEnvironment final : public settings::Environment {
 public:
  std::optional<std::string> variable(std::string_view name) const override {
    if (name == "NAME") return "value";
    return std::nullopt;
  }
  Result<std::string> read_file(const std::string& path, std::size_t) const override {
    if (path.ends_with("secret")) return std::string{"hidden"};
    return Error{Errc::not_found, "No such file or directory"};
  }
  std::vector<std::string> matches(const std::string&) const override { return {}; }
};

}  // namespace

SPILLWAY_FUZZ_TARGET(config, data, size) {
  const SmallEnvironment environment{};
  const auto loaded = settings::parse_config(fuzz::text(data, size), "fuzz.yaml", environment);
  if (const auto* errors = std::get_if<std::vector<settings::ConfigError>>(&loaded)) {
    SPILLWAY_ASSERT(!errors->empty());
    for (const auto& error : *errors) SPILLWAY_ASSERT(!settings::to_string(error).empty());
  }
  return 0;
}

}  // namespace spillway::fuzz_config
