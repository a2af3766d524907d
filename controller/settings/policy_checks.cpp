#include "controller/settings/policy_checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "controller/settings/machine_size.hpp"
#include "controller/settings/suggestion.hpp"
#include "controller/settings/wording.hpp"

namespace spillway::settings {
namespace {

std::vector<std::string_view> signals_of(const Config& config, const WorkloadConfig& workload) {
  std::vector<std::string_view> provided{names_of(workload.signals)};
  for (const SharedQuerySettings& query : config.shared_queries) provided.push_back(query.signal);
  return provided;
}

/// `did you mean "load"?`, or what there is.
std::string instead_of(std::string_view signal, const std::vector<std::string_view>& provided) {
  const auto near{nearest_word(signal, provided)};
  return near               ? fmt::format("did you mean \"{}\"?", *near)
         : provided.empty() ? "there are no signals at all"
                            : "there is " + enumerate(provided);
}

void check_signals_exist(CheckContext& context, const Steps& steps, std::string_view name,
                         const WorkloadConfig& workload, const Policy& policy) {
  const std::string path{locate(context.root, {"workloads", name}).path};
  if (context.complaints.concern(path + ".signals") || context.complaints.concern("shared_queries"))
    return;
  if (context.complaints.concern(locate(context.root, steps).path)) return;
  const auto provided{signals_of(context.config, workload)};
  for (const std::string& signal : policy.signals()) {
    if (std::ranges::find(provided, signal) != provided.end()) continue;
    context.report(
        steps, fmt::format("reads the signal {}, which is neither in \"signals\" of the workload "
                           "nor in \"shared_queries\"; {}",
                           quoted(signal), instead_of(signal, provided)));
  }
}

}  // namespace

void check_policies(CheckContext& context, const Steps& section, const WorkloadConfig& workload,
                    const std::vector<std::shared_ptr<PolicyDraft>>& policies) {
  std::set<std::string, std::less<>> names;
  for (std::size_t i{0}; i < policies.size(); ++i) {
    if (!policies[i]) continue;
    const std::string index{fmt::format("{}", i)};
    Steps steps{section};
    steps.insert(steps.end(), {"policies", index});
    const auto policy{policies[i]->build()};
    check_signals_exist(context, steps, section[1], workload, *policy);
    if (auto fault{machine_size_fault(context.config, workload, *policies[i])}) {
      Steps place{steps};
      place.insert(place.end(), fault->steps.begin(), fault->steps.end());
      context.report(place, std::move(fault->message));
    }
    if (names.emplace(policy->name()).second) continue;
    steps.push_back("type");
    context.report(steps,
                   policies[i]->type() == policy->name()
                       ? fmt::format("there is a policy of type {} already; one of each type is "
                                     "allowed",
                                     quoted(policy->name()))
                       : fmt::format("there is a policy {} already; scripts are told apart by the "
                                     "names of their files",
                                     quoted(policy->name())));
  }
}

void check_test_readings(CheckContext& context, std::string_view name,
                         const WorkloadConfig& workload) {
  const std::string path{locate(context.root, {"workloads", name}).path};
  if (context.complaints.concern(path + ".signals") || context.complaints.concern("shared_queries"))
    return;
  const auto provided{signals_of(context.config, workload)};
  for (std::size_t t{0}; t < workload.tests.size(); ++t) {
    const std::string test{fmt::format("{}", t)};
    for (std::size_t g{0}; g < workload.tests[t].given.size(); ++g) {
      const std::string stretch{fmt::format("{}", g)};
      for (const auto& reading : workload.tests[t].given[g].readings) {
        const std::string& signal{reading.first};
        if (std::ranges::find(provided, signal) != provided.end()) continue;
        context.report({"workloads", name, "tests", test, "given", stretch, "readings", signal},
                       fmt::format("gives a reading of {}, which the workload has not; {}",
                                   quoted(signal), instead_of(signal, provided)));
      }
    }
  }
}

}  // namespace spillway::settings
