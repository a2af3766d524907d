#include "controller/cluster/cluster.hpp"

#include <utility>

namespace spillway {

namespace asio = boost::asio;

asio::awaitable<Result<void>> Cluster::refresh(io::Deadline /*deadline*/) {
  co_return Result<void>{};
}

asio::awaitable<void> Cluster::watch() {
  co_return;
}

asio::awaitable<std::vector<Finding>> Cluster::examine(std::vector<std::string> services,
                                                       io::Deadline deadline) {
  std::vector<Finding> findings{};
  const Result<void> refreshed = co_await refresh(deadline);
  for (std::string& service : services) {
    Finding finding{};
    finding.check = "cluster";
    finding.subject = service;
    Result<Observation> seen{Error{Errc::unavailable, "not looked at"}};
    if (refreshed) {
      seen = co_await observe(service, deadline);
    } else {
      seen = refreshed.error();
    }
    if (seen) {
      finding.message = std::to_string(seen->pool.ready.count) + " base replicas are ready";
    } else {
      finding.health = Health::failure;
      finding.message = to_string(seen.error());
      finding.advice = advice(seen.error());
    }
    findings.push_back(std::move(finding));
  }
  co_return findings;
}

}  // namespace spillway
