// What the config file says about a source of type `haproxy`.
#pragma once

#include <string>
#include <vector>

#include "controller/core/fields.hpp"
#include "controller/io/http_access.hpp"

namespace spillway {

struct HaproxyStatsSettings {
  static constexpr std::string_view type{"haproxy"};

  std::vector<std::string> addresses{};
  int answer_mib_max{16};
  io::HttpAccessSettings access{};
};

void describe(Fields& fields, HaproxyStatsSettings& settings);

}  // namespace spillway
