// What the config file says about the jobs that the workers of a queue have in hand: a query with a
// series for each replica.
#pragma once

#include <string>

#include "controller/core/fields.hpp"
#include "controller/core/units.hpp"
#include "metrics/signal_settings.hpp"

namespace spillway {

struct WorkSettings {
  SignalSettings from{};
  std::string label{"instance"};  ///< its value says which replica a series is of
  /// How old a sample may be without showing it: only one taken so long after a replica was asked
  /// to leave tells that it is idle. Prometheus scrapes every 15 s by custom, and needs a moment.
  Duration lag{std::chrono::seconds{30}};

  bool operator==(const WorkSettings&) const = default;
};

void describe(Fields& fields, WorkSettings& settings);

}  // namespace spillway
