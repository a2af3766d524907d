// The Docker Engine API, reading only: which manager to ask, which version of the API to speak, and
// what its refusals mean. One thread.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/cluster/docker_swarm/settings.hpp"
#include "controller/core/error.hpp"
#include "controller/io/clock.hpp"
#include "controller/io/deadline.hpp"
#include "controller/io/http_access.hpp"
#include "controller/io/http_client.hpp"
#include "controller/io/peer_order.hpp"

namespace spillway::docker_swarm {

/// `1.41`: compared by its parts, as 1.9 is older than 1.41.
struct ApiVersion {
  int major{1};
  int minor{0};

  auto operator<=>(const ApiVersion&) const = default;
};

std::optional<ApiVersion> parse_version(std::string_view text);
std::string to_string(const ApiVersion& version);

class Engine {
 public:
  /// `clock` must outlive the engine. Throws std::invalid_argument for an endpoint that is none,
  /// which a checked config never has.
  Engine(std::unique_ptr<io::HttpClient> client, io::Clock& clock, Settings settings);

  /// The bodies of these targets (`/services`), all from one manager, asked at once. A manager that
  /// fails or stays silent is left for the next one, and asked last for a minute.
  /// Errors: those of the last one asked: timeout, unavailable (also: no manager of a swarm, or one
  /// without a majority), denied, not_found, malformed, too_large.
  boost::asio::awaitable<Result<std::vector<std::string>>> get(std::vector<std::string> targets,
                                                               io::Deadline deadline);

  /// `unix:/var/run/docker.sock, API 1.41`: of the manager that answered last; empty before.
  std::string speaks_with() const;

 private:
  struct Manager {
    io::Url url{};
    std::optional<ApiVersion> version{};
  };

  boost::asio::awaitable<Result<std::vector<std::string>>> ask(std::size_t index,
                                                               std::vector<std::string> targets,
                                                               io::Deadline deadline);
  boost::asio::awaitable<Result<void>> negotiate(std::size_t index, io::Deadline deadline);
  boost::asio::awaitable<Result<std::string>> get_one(std::size_t index, std::string target,
                                                      io::Deadline deadline);
  boost::asio::awaitable<Result<io::HttpResponse>> send(io::Url url, io::Deadline deadline);

  std::unique_ptr<io::HttpClient> client_;
  io::Clock& clock_;
  Settings settings_;
  io::HttpAccess access_;
  std::vector<Manager> managers_{};
  io::PeerOrder order_;
  std::optional<std::size_t> last_{};
};

}  // namespace spillway::docker_swarm
