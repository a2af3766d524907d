// What the config file says about a source of type `prometheus`.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "controller/core/fields.hpp"
#include "controller/io/http_access.hpp"

namespace spillway {

struct PrometheusSettings {
  static constexpr std::string_view type{"prometheus"};

  std::vector<std::string> urls{};  ///< replicas, in the order of preference
  std::map<std::string, std::string> parameters{};
  int queries_at_once{8};
  Duration evaluation_delay{0};
  Duration failback_after{std::chrono::seconds{30}};
  int answer_mib_max{16};
  io::HttpAccessSettings access{};
};

void describe(Fields& fields, PrometheusSettings& settings);

}  // namespace spillway
