// What the config file says about a signal: where it comes from and how long it stays fresh. One
// workload's own signal, or a shared query that serves every workload by a label.
#pragma once

#include <string>

#include "controller/core/fields.hpp"
#include "controller/core/units.hpp"

namespace spillway {

struct SignalSettings {
  std::string source{};           ///< a name under `sources`; may be empty if there is only one
  std::string query{};            ///< in the source's language; `{{workload}}`, `{{label}}`
  std::string freshness_query{};  ///< gives the time of the sample, in seconds since 1970
  Duration stale_after{std::chrono::seconds{60}};
  double scale{1.0};            ///< the reading is the sample times this
  bool may_be_negative{false};  ///< else a negative sample is not believed

  bool operator==(const SignalSettings&) const = default;
};

struct SharedQuerySettings {
  SignalSettings from{};     ///< without placeholders
  std::string join_label{};  ///< its value is the workload's label of that name, or its name
  std::string signal{};      ///< the signal that it fills

  bool operator==(const SharedQuerySettings&) const = default;
};

void describe(Fields& fields, SignalSettings& settings);
void describe(Fields& fields, SharedQuerySettings& settings);

}  // namespace spillway
