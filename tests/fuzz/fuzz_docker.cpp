// Docker's listings of services, tasks and nodes, and what pools and templates come of them.

#include "controller/cluster/docker_swarm/docker_swarm.hpp"
#include "tests/fuzz/input.hpp"

namespace spillway::fuzz_docker {

SPILLWAY_FUZZ_TARGET(docker, data, size) {
  using namespace spillway::docker_swarm;
  const std::string_view body{fuzz::text(data, size)};
  docker_swarm::Listing listing{};
  if (auto services = parse_services(body)) listing.services = std::move(*services);
  if (auto tasks = parse_tasks(body)) listing.tasks = std::move(*tasks);
  if (auto nodes = parse_nodes(body)) listing.nodes = std::move(*nodes);
  const Swarm swarm{std::move(listing)};
  for (const Service& service : swarm.listing().services) {
    const BasePool pool{swarm.pool(service)};
    SPILLWAY_ASSERT(pool.ready.count >= 0 && pool.room.count >= 0 && pool.pending.count >= 0);
    const auto derived = derived_replica(Swarm::settled_task(service), service.ports, {}, {});
    SPILLWAY_ASSERT(!derived.port || (*derived.port >= 1 && *derived.port <= 65535));
  }
  (void)parse_entrypoint(body).has_value();
  (void)parse_version(body).has_value();
  return 0;
}

}  // namespace spillway::fuzz_docker
