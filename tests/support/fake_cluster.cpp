#include "tests/support/fake_cluster.hpp"

#include <utility>

namespace spillway::testing {

boost::asio::awaitable<Result<Observation>> FakeCluster::observe(std::string service,
                                                                 io::Deadline deadline) {
  calls.push_back(service);
  if (clock_.now() >= deadline.at) co_return Error{Errc::timeout, "observing " + service};
  if (outage) co_return *outage;
  if (!weather_.empty()) {
    Error next{std::move(weather_.front())};
    weather_.pop_front();
    co_return next;
  }
  const auto found = pools.find(service);
  if (found == pools.end()) co_return Error{Errc::not_found, "no service " + service};
  Observation seen{};
  seen.pool = found->second;
  const auto replica = replicas.find(service);
  if (replica != replicas.end()) seen.replica = replica->second;
  co_return seen;
}

BasePool full_pool(int count) {
  return {.ready = Replicas{count}, .desired = Replicas{count}, .nodes_up = count};
}

}  // namespace spillway::testing
