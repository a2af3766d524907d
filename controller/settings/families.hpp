// The adapters that a config file may choose by `type`, as their settings alone: the adapters
// themselves are built from these by wiring. To add one: a line in the variant of its family.
#pragma once

#include <string>
#include <variant>

#include "controller/cluster/docker_swarm/settings.hpp"
#include "controller/cluster/kubernetes/settings.hpp"
#include "controller/cluster/marathon/settings.hpp"
#include "controller/cluster/none/settings.hpp"
#include "controller/cluster/static_vms/settings.hpp"
#include "controller/core/fields.hpp"
#include "controller/provider/aci/aci_settings.hpp"
#include "controller/traffic/dns/settings.hpp"
#include "controller/traffic/endpoint_slice/settings.hpp"
#include "controller/traffic/etcd/settings.hpp"
#include "controller/traffic/haproxy/settings.hpp"
#include "controller/traffic/http_sd/settings.hpp"
#include "controller/traffic/template_file/settings.hpp"
#include "metrics/file/file_settings.hpp"
#include "metrics/haproxy/haproxy_settings.hpp"
#include "metrics/prometheus/prometheus_settings.hpp"

namespace spillway::settings {

struct MetricSourceConfig {
  std::variant<PrometheusSettings, HaproxyStatsSettings, FileSettings> settings{};
};

struct ProviderConfig {
  std::variant<aci::AciSettings> settings{};
};

struct ClusterConfig {
  std::variant<static_vms::Settings, docker_swarm::Settings, kubernetes::ClusterSettings,
               marathon::Settings, none::Settings>
      settings{};
};

struct TrafficConfig {
  std::variant<haproxy::Settings, http_sd::Settings, endpoint_slice::Settings,
               template_file::Settings, dns::Settings, etcd::Settings>
      settings{};
};

void describe(Fields& fields, MetricSourceConfig& config);
void describe(Fields& fields, ProviderConfig& config);
void describe(Fields& fields, ClusterConfig& config);
void describe(Fields& fields, TrafficConfig& config);

/// True if this kind of cluster says what its replicas look like: `replica.from_cluster`.
bool describes_replicas(const ClusterConfig& config);

}  // namespace spillway::settings
