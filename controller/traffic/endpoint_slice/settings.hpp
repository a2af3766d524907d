// What the config file says about traffic through a Kubernetes Service.
#pragma once

#include <string>
#include <string_view>

#include "controller/core/fields.hpp"
#include "controller/kubernetes/connection_settings.hpp"

namespace spillway::endpoint_slice {

struct Settings {
  static constexpr std::string_view type{"endpoint_slice"};

  kubernetes::ConnectionSettings connection{};
  std::string name_space{};             ///< empty: that of the connection, else `default`
  std::string service{"{{workload}}"};  ///< may name a namespace: `shop/{{workload}}`
  std::string port_name{};              ///< empty: the Service's first port
  Duration share_listing{std::chrono::seconds{1}};
};

void describe(Fields& fields, Settings& settings);

/// `service` with the workload's name put in. Pure.
std::string service_of(const Settings& settings, std::string_view workload);

/// True if workloads lead to different namespaces: then slices are listed in all of them.
bool spans_namespaces(const Settings& settings);

}  // namespace spillway::endpoint_slice
