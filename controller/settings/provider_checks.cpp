#include "controller/settings/provider_checks.hpp"

#include <fmt/format.h>

#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "controller/provider/aci/aci_settings.hpp"
#include "controller/provider/aci/template_rules.hpp"
#include "controller/settings/replica_faults.hpp"

namespace spillway::settings {
namespace {

void report_faults(CheckContext& context, const std::string& name,
                   const std::vector<aci::TemplateFault>& faults) {
  for (const aci::TemplateFault& fault : faults) {
    Steps steps{"workloads", name, "replica"};
    steps.insert(steps.end(), fault.path.begin(), fault.path.end());
    context.report(steps, fault.message);
  }
}

/// What the places of the provider, and the standby pool in the first regular one, can give.
void check_places(CheckContext& context, const aci::AciSettings& azure, const std::string& name,
                  const WorkloadConfig& workload) {
  std::set<std::string> regions;  // whose groups would use the workload's own subnet
  for (const aci::PlaceSettings& each : aci::resolved_places(azure)) {
    if (each.subnet_id.empty()) regions.insert(each.region);
  }
  bool has_regular{false};
  for (const spillway::Place& place : aci::places(azure)) {
    has_regular = has_regular || place.priority == Priority::regular;
  }
  if (!workload.traffic.empty() && !has_regular) {
    context.report(
        {"workloads", name, "traffic"},
        "every place of the provider is Spot, whose groups have no address: nothing can be sent "
        "there; add a regular place, or leave \"traffic\" out for a worker");
  }
  if (!workload.replica.idle_path.empty() && !has_regular) {
    context.report(
        {"workloads", name, "replica", "idle"},
        "every place of the provider is Spot, whose groups have no address: nobody can ask them "
        "whether they are idle, and each would be paid for until `lifecycle.drain_deadline` and "
        "then killed; leave \"idle\" out, or add a regular place");
  }
  if (!workload.replica.replica.subnet_id.empty() && regions.size() > 1) {
    context.report(
        {"workloads", name, "replica", "subnet_id"},
        fmt::format("a subnet is in one region, and {} of the provider's places name none of "
                    "their own: the groups in the others would be refused; set "
                    "provider.places[].subnet_id",
                    regions.size()));
  }
  const StandbySettings& standby{workload.standby};
  const int warm{standby.sizing == StandbySizing::fixed ? standby.size : standby.max};
  if (warm == 0) return;
  if (!has_regular) {
    context.report(
        {"workloads", name, "standby"},
        "every place of the provider is Spot, and Spot groups come from no standby pool; leave "
        "\"standby\" out, or add a regular place");
  }
  report_faults(context, name, aci::standby_faults(workload.replica.replica));
}

}  // namespace

void check_provider_environment(CheckContext& context) {
  if (!context.config.has_provider) return;
  const auto* const azure{std::get_if<aci::AciSettings>(&context.config.provider.settings)};
  if (azure == nullptr) return;
  const auto fault{aci::environment_fault(
      *azure, [&](std::string_view name) { return context.environment.variable(name); })};
  if (fault) context.report({"provider", "subscription"}, *fault);
}

void check_provider(CheckContext& context, const std::string& name,
                    const WorkloadConfig& workload) {
  if (!context.config.has_provider) return;
  const auto* const azure{std::get_if<aci::AciSettings>(&context.config.provider.settings)};
  if (azure == nullptr) return;
  report_faults(context, name, replica_faults(workload.replica, *azure));
  if (!context.complaints.concern("provider")) check_places(context, *azure, name, workload);
}

}  // namespace spillway::settings
