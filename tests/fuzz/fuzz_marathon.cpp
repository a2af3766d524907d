// Marathon's apps, queue and deployments, and what pools and templates come of them; its events.

#include "controller/cluster/marathon/event_spotter.hpp"
#include "controller/cluster/marathon/login.hpp"
#include "controller/cluster/marathon/pool.hpp"
#include "tests/fuzz/input.hpp"

namespace spillway::fuzz_marathon {

SPILLWAY_FUZZ_TARGET(marathon, data, size) {
  using namespace spillway::marathon;
  const std::string_view body{fuzz::text(data, size)};
  marathon::Listing listing{};
  if (auto apps = parse_apps(body)) listing.apps = std::move(*apps);
  if (auto queue = parse_queue(body)) listing.queue = std::move(*queue);
  if (auto restarting = parse_deployments(body)) listing.restarting = std::move(*restarting);
  for (const auto& [id, app] : listing.apps) {
    const BasePool pool{pool_of(app, listing, std::chrono::seconds{10})};
    SPILLWAY_ASSERT(pool.ready.count >= 0 && pool.starting.count >= 0);
    const DerivedReplica derived{derived_replica(app, {})};
    SPILLWAY_ASSERT(!derived.port || (*derived.port >= 1 && *derived.port <= 65535));
  }
  if (const auto token = parse_login(body)) SPILLWAY_ASSERT(!token->empty());
  // Events are the same wherever the pieces end.
  EventSpotter whole{};
  EventSpotter halves{};
  const int news{whole.feed(body)};
  const int first{halves.feed(body.substr(0, body.size() / 2))};
  SPILLWAY_ASSERT(news == first + halves.feed(body.substr(body.size() / 2)));
  return 0;
}

}  // namespace spillway::fuzz_marathon
