// A Docker Swarm as the cluster: one listing of services, tasks and nodes per tick for all
// workloads, from whichever manager answers. Read only. One thread.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/cluster/cluster.hpp"
#include "controller/cluster/docker_swarm/engine.hpp"
#include "controller/cluster/docker_swarm/pool.hpp"
#include "controller/cluster/docker_swarm/replica.hpp"
#include "controller/cluster/docker_swarm/settings.hpp"
#include "controller/io/clock.hpp"
#include "controller/io/http_client.hpp"

namespace spillway::docker_swarm {

class DockerSwarm final : public Cluster {
 public:
  static constexpr std::string_view type{Settings::type};
  static constexpr std::string_view help{"Services of a Docker Swarm, by the Engine API."};

  /// `clock` must outlive the cluster. Throws as Engine does.
  DockerSwarm(std::unique_ptr<io::HttpClient> client, io::Clock& clock, Settings settings);

  /// Three requests, however many services there are.
  boost::asio::awaitable<Result<void>> refresh(io::Deadline deadline) override;

  /// From the last refresh: unavailable if that failed, not_found for an unknown service. Asks the
  /// engine for the image's entry point where a service has arguments only, once for each image.
  boost::asio::awaitable<Result<Observation>> observe(std::string service,
                                                      io::Deadline deadline) override;

  boost::asio::awaitable<std::vector<Finding>> examine(std::vector<std::string> services,
                                                       io::Deadline deadline) override;

 private:
  struct KnownEntrypoint {
    Entrypoint words{};
    TimePoint asked_at{};
  };

  boost::asio::awaitable<Entrypoint> entrypoint_of(std::string image, io::Deadline deadline);
  Finding examine_service(const std::string& name, const Result<Observation>& seen) const;

  io::Clock& clock_;
  Settings settings_;
  Engine engine_;
  std::optional<Swarm> swarm_{};
  std::map<std::string, KnownEntrypoint> entrypoints_{};
};

/// With a client of its own. Errors: bad_request for certificates or keys that cannot be used;
/// those of `read_file`. `context` and `clock` must outlive the cluster.
Result<std::shared_ptr<Cluster>> make_docker_swarm(boost::asio::io_context& context,
                                                   io::Clock& clock, Settings settings);

/// Error: malformed. The words are empty for an image without an entry point.
Result<std::vector<std::string>> parse_entrypoint(std::string_view image);

}  // namespace spillway::docker_swarm
