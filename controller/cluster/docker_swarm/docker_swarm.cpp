#include "controller/cluster/docker_swarm/docker_swarm.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <utility>

#include "controller/io/json_fields.hpp"

namespace spillway::docker_swarm {

namespace asio = boost::asio;
namespace json = boost::json;

namespace {

/// Tasks that are over stay in the swarm's history, and are most of it.
constexpr std::string_view live_tasks{R"({"desired-state":["running","ready","accepted"]})"};
/// An image that this engine does not have now may be pulled later.
constexpr Duration entrypoint_asked_again{std::chrono::minutes{10}};
constexpr std::size_t names_shown{10};

std::string some_names(const Swarm& swarm) {
  std::string names{};
  std::size_t shown{0};
  for (const Service& service : swarm.listing().services) {
    if (shown++ == names_shown) return names + ", ...";
    names += (names.empty() ? "" : ", ") + service.name;
  }
  return names.empty() ? "none" : names;
}

}  // namespace

DockerSwarm::DockerSwarm(std::unique_ptr<io::HttpClient> client, io::Clock& clock,
                         Settings settings)
    : clock_{clock}, settings_{settings}, engine_{std::move(client), clock, std::move(settings)} {}

asio::awaitable<Result<void>> DockerSwarm::refresh(io::Deadline deadline) {
  swarm_.reset();  // an old listing must not pass for a new one
  std::vector<std::string> targets{};
  targets.emplace_back("/services");
  targets.push_back("/tasks?filters=" + io::percent_encode(live_tasks));
  targets.emplace_back("/nodes");
  const auto bodies = co_await engine_.get(std::move(targets), deadline);
  if (!bodies) co_return bodies.error();
  auto services = parse_services(bodies->at(0));
  if (!services) co_return services.error();
  auto tasks = parse_tasks(bodies->at(1));
  if (!tasks) co_return tasks.error();
  auto nodes = parse_nodes(bodies->at(2));
  if (!nodes) co_return nodes.error();
  Listing listing{};
  listing.services = std::move(*services);
  listing.tasks = std::move(*tasks);
  listing.nodes = std::move(*nodes);
  swarm_.emplace(std::move(listing));
  co_return Result<void>{};
}

asio::awaitable<Result<Observation>> DockerSwarm::observe(std::string service,
                                                          io::Deadline deadline) {
  if (!swarm_) co_return Error{Errc::unavailable, "the swarm was not listed"};
  const Service* const found{swarm_->find(service)};
  if (found == nullptr) {
    co_return Error{Errc::not_found, fmt::format("no service is named {}; there are {}", service,
                                                 some_names(*swarm_))};
  }
  Observation seen{};
  seen.pool = swarm_->pool(*found);
  const TaskSpec task{Swarm::settled_task(*found)};
  const std::vector<PortSpec> ports{found->ports};
  Entrypoint entrypoint{};
  const bool goes_to_entrypoint{task.command.empty() && !task.args.empty()};
  if (goes_to_entrypoint) entrypoint = co_await entrypoint_of(task.image, deadline);
  seen.replica = derived_replica(task, ports, settings_, entrypoint);
  co_return seen;
}

asio::awaitable<Entrypoint> DockerSwarm::entrypoint_of(std::string image, io::Deadline deadline) {
  const TimePoint now{clock_.now()};
  const auto known{entrypoints_.find(image)};
  const bool is_fresh{
      known != entrypoints_.end() &&
      (known->second.words || now - known->second.asked_at < entrypoint_asked_again)};
  if (is_fresh) co_return known->second.words;
  std::vector<std::string> target{};
  target.push_back("/images/" + io::percent_encode(image) + "/json");
  const auto bodies = co_await engine_.get(std::move(target), deadline);
  KnownEntrypoint learnt{};
  learnt.asked_at = now;
  if (bodies) {
    const auto words = parse_entrypoint(bodies->front());
    if (words) learnt.words = *words;
  } else if (known != entrypoints_.end()) {
    co_return known->second.words;
  }
  constexpr std::size_t most_images{10'000};  // digests come and go with every release
  if (entrypoints_.size() >= most_images) entrypoints_.clear();
  entrypoints_[image] = learnt;
  co_return learnt.words;
}

asio::awaitable<std::vector<Finding>> DockerSwarm::examine(std::vector<std::string> services,
                                                           io::Deadline deadline) {
  std::vector<Finding> findings{};
  const auto refreshed = co_await refresh(deadline);
  Finding reach{};
  reach.check = "swarm";
  reach.subject = refreshed ? engine_.speaks_with() : settings_.endpoints.front();
  if (!refreshed) {
    reach.health = Health::failure;
    reach.message = to_string(refreshed.error());
    reach.advice =
        "endpoints must be managers of the swarm, and this user needs access to the socket";
    findings.push_back(std::move(reach));
    co_return findings;
  }
  int down{0};
  for (const Node& node : swarm_->listing().nodes) down += node.is_ready ? 0 : 1;
  reach.health = down > 0 ? Health::warning : Health::ok;
  reach.message = fmt::format("{} services, {} tasks, {} nodes, {} of them down",
                              swarm_->listing().services.size(), swarm_->listing().tasks.size(),
                              swarm_->listing().nodes.size(), down);
  findings.push_back(std::move(reach));
  for (const std::string& service : services) {
    const auto seen = co_await observe(service, deadline);
    findings.push_back(examine_service(service, seen));
    if (!seen || !seen->replica) continue;
    for (const std::string& each : seen->replica->left_out) {
      Finding finding{};
      finding.check = "template";
      finding.subject = service;
      finding.health = Health::warning;
      finding.message = each;
      findings.push_back(std::move(finding));
    }
  }
  co_return findings;
}

Finding DockerSwarm::examine_service(const std::string& name,
                                     const Result<Observation>& seen) const {
  Finding finding{.check = "service", .subject = name};
  if (!seen) {
    finding.health = Health::failure;
    finding.message = to_string(seen.error());
    finding.advice = "set `service` of the workload to its name in the swarm";
    return finding;
  }
  const BasePool& pool{seen->pool};
  finding.health = pool.pending > 0_replicas ? Health::warning : Health::ok;
  finding.message = fmt::format("{} of {} replicas ready, {} find no node, image {}",
                                pool.ready.count, pool.desired.count, pool.pending.count,
                                seen->replica ? seen->replica->replica.image : "");
  return finding;
}

Result<std::vector<std::string>> parse_entrypoint(std::string_view image) {
  const auto body{io::parse_object(image)};
  if (!body) return body.error();
  io::FieldReader fields{};
  std::vector<std::string> words{};
  if (const auto* config = fields.object(*body, "Config")) {
    if (const auto* list = fields.array(*config, "Entrypoint")) {
      for (const json::value& each : *list) {
        if (each.is_string()) {
          words.emplace_back(each.get_string());
        } else {
          fields.expected("a list of texts", "Entrypoint");
        }
      }
    }
  }
  if (fields.mistake()) return *fields.mistake();
  return words;
}

Result<std::shared_ptr<Cluster>> make_docker_swarm(asio::io_context& context, io::Clock& clock,
                                                   Settings settings) {
  const auto tls = io::HttpAccess{settings.access}.tls_options();
  if (!tls) return tls.error();
  io::HttpClientOptions options{};
  options.tls = *tls;
  auto client = io::make_http_client(context, clock, std::move(options));
  if (!client) return client.error();
  return std::shared_ptr<Cluster>{
      std::make_shared<DockerSwarm>(std::move(*client), clock, std::move(settings))};
}

}  // namespace spillway::docker_swarm
