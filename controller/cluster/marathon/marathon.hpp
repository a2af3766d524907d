// DC/OS Marathon as the cluster: apps, launch queue and deployments in three requests per tick for
// all workloads. Read only. One thread.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/cluster/cluster.hpp"
#include "controller/cluster/marathon/listing.hpp"
#include "controller/cluster/marathon/settings.hpp"
#include "controller/io/clock.hpp"
#include "controller/io/http_access.hpp"
#include "controller/io/http_client.hpp"
#include "controller/io/peer_order.hpp"

namespace spillway::marathon {

class Marathon final : public Cluster {
 public:
  static constexpr std::string_view type{Settings::type};
  static constexpr std::string_view help{"Apps of a DC/OS Marathon."};

  /// `clock` must outlive the cluster. Throws std::invalid_argument for a URL that is none, which
  /// a checked config never has.
  Marathon(std::unique_ptr<io::HttpClient> client, io::Clock& clock, Settings settings);

  boost::asio::awaitable<Result<void>> refresh(io::Deadline deadline) override;

  /// From the last refresh: unavailable if that failed, not_found for an unknown app. `service` is
  /// the app's id, with or without the leading slash.
  boost::asio::awaitable<Result<Observation>> observe(std::string service,
                                                      io::Deadline deadline) override;

 private:
  boost::asio::awaitable<Result<Listing>> list(std::size_t index, io::Deadline deadline);
  boost::asio::awaitable<Result<std::string>> get(std::size_t index, std::string target,
                                                  io::Deadline deadline);

  std::unique_ptr<io::HttpClient> client_;
  io::Clock& clock_;
  Settings settings_;
  io::HttpAccess access_;
  std::vector<io::Url> urls_{};
  io::PeerOrder order_;
  std::optional<Listing> listing_{};
};

/// With a client of its own. Errors: bad_request for certificates or keys that cannot be used;
/// those of `read_file`. `context` and `clock` must outlive the cluster.
Result<std::shared_ptr<Cluster>> make_marathon(boost::asio::io_context& context, io::Clock& clock,
                                               Settings settings);

}  // namespace spillway::marathon
