#include "controller/settings/families.hpp"

namespace spillway::settings {

void describe(Fields& fields, MetricSourceConfig& config) {
  one_of(fields, config.settings, "The system that answers queries.");
}

void describe(Fields& fields, ProviderConfig& config) {
  one_of(fields, config.settings, "The system that runs burst groups.");
}

void describe(Fields& fields, ClusterConfig& config) {
  one_of(fields, config.settings, "The system that runs the base replicas.");
}

void describe(Fields& fields, TrafficConfig& config) {
  one_of(fields, config.settings, "The system that sends requests to replicas, or finds them.");
}

bool describes_replicas(const ClusterConfig& config) {
  return std::visit([]<class T>(const T&) { return T::describes_replicas; }, config.settings);
}

}  // namespace spillway::settings
