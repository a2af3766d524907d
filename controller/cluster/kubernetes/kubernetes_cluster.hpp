// Deployments and StatefulSets of a Kubernetes cluster as base pools, read only: pods that no node
// can take are the sign that it is full. It never writes: no scaling, no eviction, no deletion, so
// that autoscalers, disruption budgets and rollouts stay in charge of the base. One thread.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "controller/cluster/cluster.hpp"
#include "controller/cluster/kubernetes/settings.hpp"
#include "controller/cluster/kubernetes/watched_objects.hpp"
#include "controller/kubernetes/api_server.hpp"
#include "controller/kubernetes/template_reader.hpp"

namespace spillway::kubernetes {

class KubernetesCluster final : public Cluster {
 public:
  static constexpr std::string_view type{ClusterSettings::type};
  static constexpr std::string_view help{"Deployments and StatefulSets of Kubernetes."};

  /// `clock` and `random` must outlive the cluster.
  KubernetesCluster(ClusterSettings settings, std::unique_ptr<ApiServer> server, io::Clock& clock,
                    io::Random& random);

  /// While `watch` runs this takes no request. Errors: see `WatchedObjects::refresh`.
  boost::asio::awaitable<Result<void>> refresh(io::Deadline deadline) override;

  /// `service`: see `parse_service`. Without requests, unless its template refers to ConfigMaps or
  /// Secrets that were not read yet or long ago. A template with something that blocks gives no
  /// replica, unless the settings say to leave it out. Errors: bad_request, not_found, malformed.
  boost::asio::awaitable<Result<Observation>> observe(std::string service,
                                                      io::Deadline deadline) override;

  boost::asio::awaitable<void> watch() override;

  boost::asio::awaitable<std::vector<Finding>> examine(std::vector<std::string> services,
                                                       io::Deadline deadline) override;

  /// Requests to the API server so far.
  std::uint64_t requests() const { return server_->requests(); }

 private:
  Result<const PodOwner*> find(const std::string& service) const;
  Observation pool_of(const PodOwner& owner);
  void tell_of_blocks(const std::string& service, const std::vector<std::string>& blocking);
  boost::asio::awaitable<Finding> examine_one(std::string service, io::Deadline deadline);

  ClusterSettings settings_;
  std::unique_ptr<ApiServer> server_;
  std::string name_space_;
  WatchedObjects objects_;
  TemplateReader templates_;
  std::map<std::string, std::vector<std::string>> blocked_{};  ///< as told last, by service
};

/// Errors: those of `make_api_server`.
Result<std::shared_ptr<Cluster>> make_kubernetes_cluster(boost::asio::io_context& context,
                                                         io::Clock& clock, io::Random& random,
                                                         const ClusterSettings& settings);

}  // namespace spillway::kubernetes
