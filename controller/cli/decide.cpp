// `spillway decide`: the decision core of one workload as a filter, so that a simulator in any
// language can drive it. Reads standard input, writes standard output, touches nothing else.
#include "controller/cli/decide.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "controller/cli/commands.hpp"
#include "controller/cli/loaded_config.hpp"
#include "controller/cli/observation_keys.hpp"
#include "controller/core/ledger.hpp"

namespace spillway::cli {
namespace {

/// A driver may not read standard error: a full pipe must not stop the answers.
constexpr int refusals_told{20};
constexpr std::size_t most_remarked{20};

enum class Line { read, too_long, ended };

/// The next line without its end. Of one that is too long the rest is read and dropped.
Line next_line(std::istream& in, std::string& line) {
  constexpr int end_of_file{std::char_traits<char>::eof()};
  line.clear();
  std::streambuf& buffer{*in.rdbuf()};
  for (int c{buffer.sbumpc()}; c != '\n'; c = buffer.sbumpc()) {
    if (c == end_of_file) return line.empty() ? Line::ended : Line::read;
    if (line.size() == longest_line) {
      in.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
      return Line::too_long;
    }
    line.push_back(std::char_traits<char>::to_char_type(c));
  }
  if (line.ends_with('\r')) line.pop_back();
  return Line::read;
}

/// RFC 8259, 8.1: such a mark may be ignored, and Windows' programs write one.
void drop_byte_order_mark(std::string& line) {
  constexpr std::string_view mark{"\xEF\xBB\xBF"};
  if (line.starts_with(mark)) line.erase(0, mark.size());
}

int replicas_per_vm(const settings::Config& config, const settings::WorkloadConfig& workload) {
  const auto found{config.clusters.find(workload.cluster)};
  if (found != config.clusters.end()) {
    const auto* const vms{std::get_if<static_vms::Settings>(&found->second.settings)};
    if (vms) return std::max(1, vms->replicas_per_vm);
  }
  return workload.has_vms ? std::max(1, workload.vms.limits.replicas_per_vm) : 1;
}

}  // namespace

Result<std::string> DecisionFilter::answer(std::string_view line) {
  auto seen{parse_observation(line, observed_)};
  if (!seen) return seen.error();
  remark_on(seen->unknown);
  Snapshot& now{seen->snapshot};
  const auto step{time_.see(now.taken_at)};
  if (!step) return step.error();
  if (*step == LineTime::Step::anew) {
    history_ = {};  // the counts of `last_` and `machines_` have no time
    starts_ = {};
  }
  complete_machines(*seen);
  complete_money(*seen);
  starts_.see(now.taken_at,
              now.fleet.burst ? std::optional{count_burst(*now.fleet.burst)} : std::nullopt);
  if (!seen->tells_start) now.start_times = starts_.get();
  Decided decided{spillway::decide(settings_.policy, now, std::move(history_))};
  history_ = std::move(decided.next);
  last_ = std::move(decided.decision);
  starts_.ask(last_.burst);
  return decision_line(last_, settings_.replicas_per_vm);
}

std::string DecisionFilter::refusal(std::string_view error) const {
  return refusal_line(time_.last(), last_, settings_.replicas_per_vm, error);
}

void DecisionFilter::remark_on(const std::vector<std::string>& unknown) {
  for (const std::string& key : unknown) {
    if (remarked_.size() == most_remarked || !remarked_.insert(key).second) continue;
    remarks_.push_back(fmt::format("unknown key \"{}\" is ignored; {}", key.substr(0, 60),
                                   words_on_unknown_key(key, settings_.signals)));
  }
}

void DecisionFilter::complete_machines(Observation& seen) {
  Fleet& fleet{seen.snapshot.fleet};
  if (seen.vms == Observation::Vms::counted) {
    machines_ = fleet.vms;
    return;
  }
  // A driver may count only what there is: the last machine went as it was told to.
  if (seen.vms == Observation::Vms::absent && last_.vms == 0_replicas) machines_ = {};
  fleet.vms = machines_;
  if (seen.vms == Observation::Vms::unknown) fleet.base.reset();
}

void DecisionFilter::complete_money(Observation& seen) {
  const Observation::Told& told{seen.money};
  const PeriodStarts before{period_starts(spend_at_)};
  spend_at_ = seen.snapshot.taken_at;
  const PeriodStarts now{period_starts(spend_at_)};
  if (now.hour != before.hour) spend_.this_hour = {};
  if (now.day != before.day) spend_.today = {};
  if (now.month != before.month) spend_.this_month = {};
  price_ = told.price.value_or(price_);
  spend_ = {.this_hour = told.hour.value_or(spend_.this_hour),
            .today = told.day.value_or(spend_.today),
            .this_month = told.month.value_or(spend_.this_month)};
  seen.snapshot.replica_price = price_;
  seen.snapshot.spend = spend_;
}

int decide_lines(const FilterSettings& settings, std::istream& in, std::ostream& out,
                 std::ostream& errors) {
  DecisionFilter filter{settings};
  std::string line{};
  int code{exit_ok};
  int refused{0};
  for (std::size_t number{1};; ++number) {
    const Line got{next_line(in, line)};
    if (got == Line::ended) break;
    if (number == 1) drop_byte_order_mark(line);
    const bool is_empty{line.find_first_not_of(" \t") == std::string::npos};
    if (got == Line::read && is_empty) continue;
    const auto answer{
        got == Line::too_long
            ? Error{Errc::too_large, fmt::format("is longer than {} bytes", longest_line)}
            : filter.answer(line)};
    if (!answer) {
      const std::string words{fmt::format("line {}: {}", number, answer.error().context)};
      if (++refused <= refusals_told) errors << "spillway: " << words << '\n' << std::flush;
      code = exit_usage;
      out << filter.refusal(words) << '\n' << std::flush;
    } else {
      for (const std::string& remark : filter.remarks()) {
        errors << "spillway: line " << number << ": " << remark << '\n' << std::flush;
      }
      out << *answer << '\n' << std::flush;
    }
    if (!out) {
      errors << "spillway: the output is closed\n";
      return exit_error;
    }
  }
  if (refused > refusals_told) {
    errors << fmt::format("spillway: {} lines could not be used\n", refused);
  }
  return code;
}

FilterSettings filter_settings(const settings::Config& config, const std::string& workload) {
  const settings::WorkloadConfig& found{config.workloads.at(workload)};
  FilterSettings filter{.workload = workload,
                        .policy = settings::decision_policy(found),
                        .replicas_per_vm = replicas_per_vm(config, found)};
  filter.policy.replicas_per_vm = filter.replicas_per_vm;
  for (const auto& [name, signal] : found.signals) {
    if (std::ranges::find(usual_signals, name) == usual_signals.end()) {
      filter.signals.push_back(name);
    }
  }
  return filter;
}

int decide(const std::string& config_path, const std::string& workload) {
  const auto config{load_or_complain(config_path)};
  if (!config) return exit_usage;
  if (!config->workloads.contains(workload)) {
    std::string names{};
    for (const auto& [name, each] : config->workloads) names += " " + name;
    fmt::print(stderr, "spillway: {} has no workload \"{}\"; there is:{}\n", config_path, workload,
               names);
    return exit_usage;
  }
  std::ios::sync_with_stdio(false);
  return decide_lines(filter_settings(*config, workload), std::cin, std::cout, std::cerr);
}

}  // namespace spillway::cli
