// `spillway decide`: the decision core of one workload as a filter, so that a simulator in any
// language can drive it. Reads standard input, writes standard output, touches nothing else.
#include "controller/cli/decide.hpp"

#include <fmt/format.h>

#include <iostream>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "controller/cli/commands.hpp"
#include "controller/cli/loaded_config.hpp"
#include "controller/cli/observation.hpp"

namespace spillway::cli {
namespace {

enum class Line { read, too_long, ended };

/// The next line without its end, at most `longest_line` bytes of it.
Line next_line(std::istream& in, std::string& line) {
  constexpr int end_of_file{std::char_traits<char>::eof()};
  line.clear();
  std::streambuf& buffer{*in.rdbuf()};
  for (int c{buffer.sbumpc()}; c != '\n'; c = buffer.sbumpc()) {
    if (c == end_of_file) return line.empty() ? Line::ended : Line::read;
    if (line.size() == longest_line) return Line::too_long;
    line.push_back(std::char_traits<char>::to_char_type(c));
  }
  if (line.ends_with('\r')) line.pop_back();
  return Line::read;
}

int replicas_per_vm(const settings::Config& config, const std::string& cluster) {
  const auto found{config.clusters.find(cluster)};
  if (found == config.clusters.end()) return 1;
  const auto* const vms{std::get_if<static_vms::Settings>(&found->second.settings)};
  return vms ? std::max(1, vms->replicas_per_vm) : 1;
}

}  // namespace

int decide_lines(const FilterSettings& settings, std::istream& in, std::ostream& out,
                 std::ostream& errors) {
  History history{};
  std::optional<TimePoint> before{};
  std::string line{};
  const auto complain{[&errors](std::size_t number, const std::string& words) {
    errors << fmt::format("spillway: line {}: {}\n", number, words);
    return exit_usage;
  }};
  for (std::size_t number{1};; ++number) {
    const Line got{next_line(in, line)};
    if (got == Line::ended) return exit_ok;
    if (got == Line::too_long) {
      return complain(number, fmt::format("is longer than {} bytes", longest_line));
    }
    if (line.find_first_not_of(" \t") == std::string::npos) continue;
    const auto snapshot{parse_observation(line, settings.workload, settings.replicas_per_vm)};
    if (!snapshot) return complain(number, to_string(snapshot.error()));
    if (before && snapshot->taken_at < *before) {
      return complain(number, "\"at\" goes back in time; expected lines in the order of time");
    }
    before = snapshot->taken_at;
    Decided decided{decide(settings.policy, *snapshot, history)};
    out << decision_line(decided.decision, settings.replicas_per_vm) << '\n' << std::flush;
    if (!out) {
      errors << "spillway: the output is closed\n";
      return exit_error;
    }
    history = std::move(decided.next);
  }
}

int decide(const std::string& config_path, const std::string& workload) {
  const auto config{load_or_complain(config_path)};
  if (!config) return exit_usage;
  const auto found{config->workloads.find(workload)};
  if (found == config->workloads.end()) {
    std::string names{};
    for (const auto& [name, each] : config->workloads) names += " " + name;
    fmt::print(stderr, "spillway: {} has no workload \"{}\"; there is:{}\n", config_path, workload,
               names);
    return exit_usage;
  }
  const FilterSettings settings{.workload = workload,
                                .policy = settings::decision_policy(found->second),
                                .replicas_per_vm = replicas_per_vm(*config, found->second.cluster)};
  std::ios::sync_with_stdio(false);
  return decide_lines(settings, std::cin, std::cout, std::cerr);
}

}  // namespace spillway::cli
