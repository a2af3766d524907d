// What the config file says about a pool of machines that nobody schedules on.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/core/fields.hpp"
#include "controller/core/units.hpp"

namespace spillway::static_vms {

struct ProbeSettings {
  std::string path{};
  std::string scheme{"http"};
  Duration interval{std::chrono::seconds{2}};
  Duration timeout{std::chrono::seconds{1}};
  int fall{3};
  int rise{2};
  int at_once{64};

  bool operator==(const ProbeSettings&) const = default;
};

struct Settings {
  static constexpr std::string_view type{"static_vms"};
  static constexpr bool describes_replicas{false};

  std::vector<std::string> addresses{};
  std::optional<int> count{};
  int replicas_per_vm{1};
  ProbeSettings probe{};
};

void describe(Fields& fields, Settings& settings);

}  // namespace spillway::static_vms
