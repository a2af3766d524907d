#include "controller/cli/config_patch.hpp"

#include <algorithm>
#include <variant>
#include <vector>

#include "controller/settings/document.hpp"
#include "controller/settings/document_edit.hpp"
#include "controller/settings/effective.hpp"
#include "controller/settings/load_config.hpp"

namespace spillway::cli {
namespace {

/// `policies[0].vm.start` as `policies`, `0`, `vm`, `start`.
std::vector<std::string> steps_of(const std::string& path) {
  std::vector<std::string> steps(1);
  for (const char letter : path) {
    if (letter == '.' || letter == '[') {
      steps.emplace_back();
    } else if (letter != ']') {
      steps.back() += letter;
    }
  }
  return steps;
}

/// The settings as they apply, one a line; nothing if the text is no valid config.
std::optional<std::string> effect_of(const std::string& text, const std::string& path) {
  auto loaded{settings::parse_config(text, path, settings::ProcessEnvironment{})};
  auto* const config{std::get_if<settings::Config>(&loaded)};
  if (config == nullptr) return std::nullopt;
  return settings::effective_yaml([config](Fields& fields) { describe(fields, *config); });
}

}  // namespace

std::optional<std::string> config_patch(const std::string& config_path, const std::string& workload,
                                        const std::map<std::string, std::string>& values) {
  const auto text{
      settings::ProcessEnvironment{}.read_file(config_path, settings::document_bytes_max)};
  if (!text) return std::nullopt;
  std::string edited{*text};
  for (const auto& [path, value] : values) {
    std::vector<std::string> steps{"workloads", workload};
    std::ranges::copy(steps_of(path), std::back_inserter(steps));
    auto next{settings::with_value(edited, steps, value)};
    if (!next) return std::nullopt;
    edited = std::move(*next);
  }
  const auto before{effect_of(*text, config_path)};
  const auto after{effect_of(edited, config_path)};
  if (!before || !after) return std::nullopt;
  // One line of the effective settings for each value, or an alias has changed more.
  const auto lines{[](const std::string& yaml) { return std::ranges::count(yaml, '\n'); }};
  if (lines(*before) != lines(*after)) return std::nullopt;
  std::size_t differing{0};
  for (std::size_t a{0}, b{0}; a < before->size() && b < after->size();) {
    const std::size_t end_a{std::min(before->find('\n', a), before->size())};
    const std::size_t end_b{std::min(after->find('\n', b), after->size())};
    if (before->substr(a, end_a - a) != after->substr(b, end_b - b)) ++differing;
    a = end_a + 1;
    b = end_b + 1;
  }
  if (differing != values.size()) return std::nullopt;
  return settings::unified_diff(*text, edited, config_path);
}

}  // namespace spillway::cli
