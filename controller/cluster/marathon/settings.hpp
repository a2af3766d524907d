// What the config file says about a Marathon (DC/OS, or on plain Mesos).
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "controller/core/fields.hpp"
#include "controller/core/units.hpp"
#include "controller/io/http_access.hpp"

namespace spillway::marathon {

struct Settings {
  static constexpr std::string_view type{"marathon"};
  static constexpr bool describes_replicas{true};

  std::vector<std::string> urls{};
  io::HttpAccessSettings access{};
  Duration timeout{std::chrono::seconds{4}};
  int answer_mib_max{64};
  std::map<std::string, std::string> secrets{};  ///< by their `source`; never logged
};

void describe(Fields& fields, Settings& settings);

}  // namespace spillway::marathon
