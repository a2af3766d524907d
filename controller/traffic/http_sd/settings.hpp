// What the config file says about a service discovery for Prometheus.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "controller/core/fields.hpp"

namespace spillway::http_sd {

struct Settings {
  static constexpr std::string_view type{"http_sd"};

  int port{0};
  std::map<std::string, std::string> labels{};
};

void describe(Fields& fields, Settings& settings);

}  // namespace spillway::http_sd
