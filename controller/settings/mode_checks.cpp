#include "controller/settings/mode_checks.hpp"

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "controller/provider/aci/aci_settings.hpp"

namespace spillway::settings {

void check_mode(CheckContext& context) {
  static constexpr std::string_view missing{"required in mode \"act\"; expected {}"};
  if (context.config.mode != Mode::act) {
    if (context.config.has_provider && context.config.owner.empty()) {
      context.report(
          {"owner"},
          "required with a \"provider\", whose groups are ours by it; expected a name for this "
          "controller, such as my-cluster");
    }
    return;
  }
  if (context.config.owner.empty()) {
    context.report({"owner"},
                   fmt::format(missing, "a name for this controller, such as my-cluster"));
  }
  for (const auto& [name, workload] : context.config.workloads) {
    if (workload.replica.replica.image.empty() && !workload.replica.from_cluster) {
      context.report({"workloads", name, "replica", "image"},
                     fmt::format(missing, "the container image of a burst replica"));
    }
  }
  if (!context.config.has_provider) {
    context.report({"provider"}, fmt::format(missing, "the system that runs burst groups"));
    return;
  }
  const auto* const azure{std::get_if<aci::AciSettings>(&context.config.provider.settings)};
  if (azure == nullptr || context.complaints.concern("provider")) return;
  const auto variable{
      [&context](std::string_view name) { return context.environment.variable(name); }};
  for (std::string& sentence : aci::missing_settings(aci::with_environment(*azure, variable))) {
    const Place place{locate(context.root, {"provider"})};
    context.complaints.report(place.mark, place.path, std::move(sentence));
  }
}

}  // namespace spillway::settings
