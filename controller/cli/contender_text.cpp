#include "controller/cli/contender_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "controller/settings/environment.hpp"
#include "controller/settings/lone_policy.hpp"
#include "policies/registry.hpp"

namespace spillway::cli {
namespace {

using backtest::Contender;
using backtest::Load;
using backtest::World;

/// At commas that are in no braces.
std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> parts(1);
  int depth{0};
  for (const char letter : text) {
    if (letter == '{') ++depth;
    if (letter == '}') --depth;
    if (letter == ',' && depth == 0) {
      parts.emplace_back();
    } else if (letter != ' ' || !parts.back().empty()) {
      parts.back() += letter;
    }
  }
  if (parts.size() == 1) std::erase(parts, "");  // nobody at all
  return parts;
}

/// `keda{target_utilization: 0.5}` as type and the inside of the braces. Error: bad_request, if
/// they do not match, or something follows them.
Result<std::pair<std::string, std::string>> type_and_settings(const std::string& part) {
  const auto refused{[&part](std::string_view why) {
    return Error{Errc::bad_request, fmt::format("--against {}: {}; expected settings such as "
                                                "keda{{target_utilization: 0.5}}",
                                                part, why)};
  }};
  const auto open{part.find('{')};
  int depth{0};
  for (std::size_t i{0}; i < part.size(); ++i) {
    if (part[i] == '{') ++depth;
    if (part[i] == '}' && --depth < 0) return refused("a } without its {");
    if (part[i] == '}' && depth == 0 && part.find_first_not_of(' ', i + 1) != std::string::npos) {
      return refused("there is more after the last }");
    }
  }
  if (depth > 0) return refused("a { without its }");
  if (open == std::string::npos) return std::pair{part, std::string{}};
  return std::pair{part.substr(0, open), part.substr(open + 1, part.rfind('}') - open - 1)};
}

/// Settings that the world answers, for the types that have them.
std::string known_of_world(const std::string& type, const std::string& given, const World& world) {
  std::string known{};
  const auto add{[&](std::string_view key, const std::string& value) {
    if (("\n" + given).find(fmt::format("\n{}:", key)) != std::string::npos) return;
    known += fmt::format("{}: {}\n", key, value);
  }};
  const auto price{[](HourlyPrice each) { return fmt::format("{} USD/h", each.per_hour.usd()); }};
  if (type == "keda") add("replica_capacity", fmt::format("{}", world.replica.capacity_rps));
  if (type == "auto") {
    // No further than the settings go; a world may be odder than any that a policy is made for.
    add("wait", to_string(std::min<Duration>(world.replica.slo_wait, std::chrono::minutes{10})));
    add("quantile", fmt::format("{}", std::min(world.replica.slo_quantile, 0.999)));
    add("metric_delay",
        to_string(std::min<Duration>(world.observed.delay, std::chrono::minutes{10})));
    add("creates_per_hour", fmt::format("{}", world.burst.creates_per_hour));
    add("replica_price", price(burst_price(world.burst)));
    const double vm_start_s{std::min(1800.0, backtest::mean_vm_start_seconds(world.cluster))};
    add("vm",
        fmt::format("{{replicas: {}, price: {}, start: {}}}", world.cluster.replicas_per_vm,
                    price(world.cluster.vm_price), to_string(duration_of_seconds(vm_start_s))));
  }
  if (type.starts_with("cluster_autoscaler")) {
    add("replicas_per_vm", fmt::format("{}", world.cluster.replicas_per_vm));
  }
  return known;
}

int peak_of(const Load& load) {
  return std::max(1, *std::max_element(load.need.begin(), load.need.end()));
}

Result<std::shared_ptr<PolicyDraft>> draft_of(const std::string& name, const std::string& type,
                                              const std::string& text) {
  auto policy{settings::parse_policy(fmt::format("type: {}\n{}", type, text), name,
                                     settings::ProcessEnvironment{})};
  if (const auto* const errors{std::get_if<std::vector<settings::ConfigError>>(&policy)}) {
    std::string words{settings::to_string(*errors)};
    while (words.ends_with('\n')) words.pop_back();
    return Error{Errc::bad_request, words};
  }
  return std::get<std::shared_ptr<PolicyDraft>>(std::move(policy));
}

/// The settings as block YAML: one key a line, so that errors name the right one.
std::string as_lines(std::string text) {
  int depth{0};
  for (char& letter : text) {
    if (letter == '{' || letter == '[') ++depth;
    if (letter == '}' || letter == ']') --depth;
    if (letter == ',' && depth == 0) letter = '\n';
  }
  std::string lines{};
  for (std::size_t begin{0}; begin < text.size();) {
    const auto end{std::min(text.find('\n', begin), text.size())};
    const auto first{std::min(text.find_first_not_of(' ', begin), end)};
    std::string line{text.substr(first, end - first)};
    const auto colon{line.find(':')};
    // `key:value` is what a person types; YAML wants a space.
    if (colon != std::string::npos && colon + 1 < line.size() && line[colon + 1] != ' ') {
      line.insert(colon + 1, " ");
    }
    lines += line + "\n";
    begin = end + 1;
  }
  return lines;
}

}  // namespace

Result<std::shared_ptr<PolicyDraft>> draft_in_world(const std::string& name,
                                                    const std::string& type,
                                                    const std::string& given, const World& world) {
  const std::string lines{as_lines(given)};
  return draft_of(name, type, lines + known_of_world(type, lines, world));
}

namespace {

Result<Contender> contender_of(const std::string& part, const World& world) {
  const auto split_part{type_and_settings(part)};
  if (!split_part) return split_part.error();
  const auto& [type, given]{*split_part};
  auto draft{draft_in_world("--against " + part, type, given, world)};
  if (!draft) return draft.error();
  Contender contender{.name = part};
  const bool is_peak{type == "static_peak" && given.empty()};
  contender.build = [shared = *draft, world, is_peak](const Load& load) {
    if (!is_peak) return backtest::alone(shared->build(), world);
    const std::string replicas{fmt::format("replicas: {}", peak_of(load))};
    return backtest::alone((*draft_of("static_peak", "static_peak", replicas))->build(), world);
  };
  return contender;
}

}  // namespace

Result<std::vector<Contender>> contenders_of(std::string_view text, const World& world) {
  std::vector<Contender> all;
  std::string mistakes{};
  const auto parts{split(text)};
  if (std::ranges::find(parts, "") != parts.end()) {
    return Error{Errc::bad_request,
                 fmt::format("--against {}: there is nothing beside a comma", text)};
  }
  for (const std::string& part : parts) {
    auto contender{contender_of(part, world)};
    if (!contender) {
      if (!mistakes.empty()) mistakes += "\n";
      mistakes += contender.error().context;
      continue;
    }
    all.push_back(std::move(*contender));
  }
  if (!mistakes.empty()) return Error{Errc::bad_request, mistakes};
  return all;
}

}  // namespace spillway::cli
