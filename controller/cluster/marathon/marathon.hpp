// DC/OS Marathon as the cluster: apps, launch queue and deployments in three requests per tick for
// all workloads, and none while its event stream tells of nothing new. Read only. One thread.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "controller/cluster/cluster.hpp"
#include "controller/cluster/marathon/api.hpp"
#include "controller/cluster/marathon/event_spotter.hpp"
#include "controller/cluster/marathon/listing.hpp"
#include "controller/cluster/marathon/settings.hpp"
#include "controller/io/clock.hpp"
#include "controller/io/http_client.hpp"

namespace spillway::marathon {

class Marathon final : public Cluster {
 public:
  static constexpr std::string_view type{Settings::type};
  static constexpr std::string_view help{"Apps of a DC/OS Marathon."};

  /// `clock` must outlive the cluster. Throws std::invalid_argument for a URL that is none, which
  /// a checked config never has.
  Marathon(std::unique_ptr<io::HttpClient> client, io::Clock& clock, Settings settings);

  /// Three requests; none if the event stream is up, has told of nothing since the last listing,
  /// that is younger than `list_every`, and nothing is in the launch queue (that a launch waits for
  /// offers is no event).
  boost::asio::awaitable<Result<void>> refresh(io::Deadline deadline) override;

  /// From the last refresh: unavailable if that failed, not_found for an unknown app. `service` is
  /// the app's id, with or without the leading slash.
  boost::asio::awaitable<Result<Observation>> observe(std::string service,
                                                      io::Deadline deadline) override;

  /// Follows the event stream, and comes back to it after any failure.
  boost::asio::awaitable<void> watch() override;

  /// True while the event stream is up.
  bool is_attached() const { return is_attached_; }

 private:
  boost::asio::awaitable<Result<Listing>> list(io::Deadline deadline);
  bool is_current() const;
  void measure_waiting(Listing& listing);
  void attached();
  void detached(const Result<void>& ended, int failures);

  io::Clock& clock_;
  Settings settings_;
  Api api_;
  std::optional<Listing> listing_{};
  TimePoint listed_at_{};                                          ///< when its requests began
  std::map<std::string, TimePoint, std::less<>> waiting_since_{};  ///< for offers, by app
  bool is_attached_{false};
  bool has_news_{true};  ///< since the requests of the last listing began
};

/// With a client of its own. Errors: bad_request for certificates or keys that cannot be used;
/// those of `read_file`. `context` and `clock` must outlive the cluster.
Result<std::shared_ptr<Cluster>> make_marathon(boost::asio::io_context& context, io::Clock& clock,
                                               Settings settings);

}  // namespace spillway::marathon
