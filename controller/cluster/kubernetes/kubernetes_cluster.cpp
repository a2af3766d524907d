#include "controller/cluster/kubernetes/kubernetes_cluster.hpp"

#include <fmt/format.h>

#include <utility>

#include "controller/cluster/kubernetes/service_name.hpp"
#include "controller/io/log.hpp"

namespace spillway::kubernetes {

namespace asio = boost::asio;

namespace {

std::string usual_name_space(const ClusterSettings& settings, const ApiServer& server) {
  if (!settings.name_space.empty()) return settings.name_space;
  return server.name_space().empty() ? std::string{"default"} : server.name_space();
}

}  // namespace

KubernetesCluster::KubernetesCluster(ClusterSettings settings, std::unique_ptr<ApiServer> server,
                                     io::Clock& clock, io::Random& random)
    : settings_{std::move(settings)},
      server_{std::move(server)},
      name_space_{usual_name_space(settings_, *server_)},
      objects_{*server_, clock, random,
               settings_.scope == Scope::name_space ? name_space_ : std::string{}},
      templates_{*server_, clock, settings_.references_age} {}

asio::awaitable<Result<void>> KubernetesCluster::refresh(io::Deadline deadline) {
  return objects_.refresh(settings_.stale_after, deadline);
}

asio::awaitable<void> KubernetesCluster::watch() {
  return objects_.watch();
}

Result<const PodOwner*> KubernetesCluster::find(const std::string& service) const {
  const Result<ServiceName> name{parse_service(service, name_space_)};
  if (!name) return name.error();
  const PodOwner* const owner{objects_.owner(name->kind, name->key())};
  if (owner == nullptr) {
    return Error{Errc::not_found,
                 fmt::format("{}: no {} {} in the namespace {}", server_->where(),
                             name->kind ? to_string(*name->kind) : "Deployment or StatefulSet",
                             name->name, name->name_space)};
  }
  return owner;
}

Observation KubernetesCluster::pool_of(const PodOwner& owner) {
  PoolInput input{};
  input.owner = &owner;
  input.pods = objects_.pods_of(owner);
  input.nodes = objects_.nodes();
  input.autoscaler = objects_.autoscaler_of(owner);
  input.budget = objects_.budget_of(owner);
  input.leaves_out_cordoned = settings_.cordoned == Cordoned::leave_out;
  Observation seen{};
  seen.pool = base_pool(input);
  return seen;
}

asio::awaitable<Result<Observation>> KubernetesCluster::observe(std::string service,
                                                                io::Deadline deadline) {
  const Result<const PodOwner*> owner{find(service)};
  if (!owner) co_return owner.error();
  Observation seen{pool_of(**owner)};
  // A copy: what is watched may change while references are read.
  PodOwner copy{**owner};
  const auto derived = co_await templates_.read(std::move(copy), deadline);
  if (!derived) {
    // The pool is known all the same, and the loop keeps the template it has.
    io::log_event(io::LogLevel::debug, "TemplateUnread",
                  {{"service", service}, {"error", derived.error()}});
    co_return seen;
  }
  tell_of_blocks(service, derived->remarks.blocking);
  const bool is_usable{derived->remarks.blocking.empty() ||
                       settings_.unsupported == Unsupported::leave_out};
  if (is_usable) seen.replica = derived->derived;
  co_return seen;
}

/// Once for each change, not once a tick.
void KubernetesCluster::tell_of_blocks(const std::string& service,
                                       const std::vector<std::string>& blocking) {
  std::vector<std::string>& told{blocked_[service]};
  if (told == blocking) return;
  const bool had_some{!told.empty()};
  told = blocking;
  const bool refuses{settings_.unsupported == Unsupported::refuse};
  for (const std::string& each : blocking) {
    io::log_event(io::LogLevel::warning, refuses ? "TemplateRefused" : "TemplateCutDown",
                  {{"service", service}, {"reason", each}});
  }
  if (blocking.empty() && had_some) {
    io::log_event(io::LogLevel::info, "TemplateUsable", {{"service", service}});
  }
}

Result<std::shared_ptr<Cluster>> make_kubernetes_cluster(asio::io_context& context,
                                                         io::Clock& clock, io::Random& random,
                                                         const ClusterSettings& settings) {
  auto server = make_api_server(context, clock, settings.connection);
  if (!server) return server.error();
  return std::shared_ptr<Cluster>{
      std::make_shared<KubernetesCluster>(settings, std::move(*server), clock, random)};
}

}  // namespace spillway::kubernetes
