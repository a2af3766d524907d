#include "controller/wiring/cluster_family.hpp"

#include <utility>
#include <variant>
#include <vector>

#include "controller/cluster/docker_swarm/docker_swarm.hpp"
#include "controller/cluster/kubernetes/kubernetes_cluster.hpp"
#include "controller/cluster/marathon/marathon.hpp"
#include "controller/cluster/none/none.hpp"
#include "controller/cluster/static_vms/static_vms.hpp"

namespace spillway::wiring {
namespace {

Result<std::shared_ptr<Cluster>> make_cluster(Outside& outside, const std::string& name,
                                              const settings::ClusterConfig& config) {
  if (const auto* vms{std::get_if<static_vms::Settings>(&config.settings)}) {
    return std::shared_ptr<Cluster>{
        std::make_shared<static_vms::StaticVms>(*vms, outside.clock, *outside.prober)};
  }
  if (const auto* swarm{std::get_if<docker_swarm::Settings>(&config.settings)}) {
    auto cluster{docker_swarm::make_docker_swarm(outside.context, outside.clock, *swarm)};
    if (!cluster) return with_context("clusters." + name, cluster.error());
    return cluster;
  }
  if (const auto* marathon{std::get_if<marathon::Settings>(&config.settings)}) {
    auto cluster{marathon::make_marathon(outside.context, outside.clock, *marathon)};
    if (!cluster) return with_context("clusters." + name, cluster.error());
    return cluster;
  }
  if (std::holds_alternative<none::Settings>(config.settings)) {
    return std::shared_ptr<Cluster>{std::make_shared<none::NoCluster>()};
  }
  if (const auto* api{std::get_if<kubernetes::ClusterSettings>(&config.settings)}) {
    auto cluster{
        kubernetes::make_kubernetes_cluster(outside.context, outside.clock, outside.random, *api)};
    if (!cluster) return with_context("clusters." + name, cluster.error());
    return cluster;
  }
  return Error{Errc::bad_request, "clusters." + name + ": unknown type"};
}

}  // namespace

Result<std::map<std::string, std::shared_ptr<Cluster>>> make_clusters(
    Outside& outside, const settings::Config& config) {
  std::map<std::string, std::shared_ptr<Cluster>> clusters{};
  for (const auto& [name, each] : config.clusters) {
    auto cluster{make_cluster(outside, name, each)};
    if (!cluster) return cluster.error();
    clusters.emplace(name, std::move(*cluster));
  }
  return clusters;
}

boost::asio::awaitable<std::vector<Finding>> examine_clusters(Outside& outside,
                                                              const settings::Config& config,
                                                              io::Deadline deadline) {
  std::vector<Finding> all{};
  for (const auto& [name, each] : config.clusters) {
    const auto cluster = make_cluster(outside, name, each);
    if (!cluster) {
      Finding finding{};
      finding.check = "cluster";
      finding.subject = name;
      finding.health = Health::failure;
      finding.message = to_string(cluster.error());
      all.push_back(std::move(finding));
      continue;
    }
    std::vector<std::string> services{};
    for (const auto& [workload, settings] : config.workloads) {
      if (settings.cluster != name) continue;
      services.push_back(settings.service.empty() ? workload : settings.service);
    }
    std::vector<Finding> findings = co_await (*cluster)->examine(std::move(services), deadline);
    all.insert(all.end(), findings.begin(), findings.end());
  }
  co_return all;
}

}  // namespace spillway::wiring
