// What the config file says about a virtual node: a node of a Kubernetes cluster whose pods are
// container groups.
#pragma once

#include <string>
#include <string_view>

#include "controller/core/fields.hpp"
#include "controller/kubernetes/connection_settings.hpp"

namespace spillway::virtual_node {

struct Settings {
  kubernetes::ConnectionSettings connection{};
  std::string name{"spillway"};
  int vcpu{100};
  double memory_gb{400.0};
  int pods{60};
  std::string taint_value{"spillway"};
  Duration close_after{std::chrono::minutes{2}};
  Duration interval{std::chrono::seconds{2}};
  Duration start_limit{std::chrono::minutes{10}};
};

void describe(Fields& fields, Settings& settings);

}  // namespace spillway::virtual_node
