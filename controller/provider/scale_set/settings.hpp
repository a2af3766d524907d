// What the config file says about an Azure VM scale set that a workload may grow.
#pragma once

#include <string>
#include <string_view>

#include "controller/core/fields.hpp"
#include "controller/core/units.hpp"

namespace spillway::scale_set {

struct Settings {
  static constexpr std::string_view type{"scale_set"};

  std::string name{};
  std::string subscription{};    ///< empty: the provider's
  std::string resource_group{};  ///< empty: the provider's
};

void describe(Fields& fields, Settings& settings);

}  // namespace spillway::scale_set
