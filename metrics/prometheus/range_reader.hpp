// History from the HTTP API of Prometheus and its relatives: one query over a stretch of time. Asks
// the source's replicas in their order until one answers. Not for the live loop: no trial of failed
// replicas, one request at a time.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>
#include <vector>

#include "controller/core/error.hpp"
#include "controller/io/clock.hpp"
#include "controller/io/deadline.hpp"
#include "controller/io/http_client.hpp"
#include "metrics/prometheus/prometheus_settings.hpp"
#include "metrics/prometheus/range_answer.hpp"

namespace spillway::prometheus {

/// What to ask: the value at `from`, `from` + `step`, ... up to `to`, both included.
struct RangeQuery {
  std::string text{};
  TimePoint from{};
  TimePoint to{};
  Duration step{std::chrono::seconds{15}};
};

/// Prometheus refuses more points than this for one series of one answer.
inline constexpr int range_points_max{11'000};

/// The stretches of [from, to) that one request each may ask for, in order, at most `points` steps
/// long. Example: 3 hours by 15 s with 240 points: three stretches of an hour.
std::vector<RangeQuery> range_chunks(const RangeQuery& whole, int points);

class RangeReader {
 public:
  RangeReader(std::unique_ptr<io::HttpClient> client, std::string name, PrometheusSettings settings)
      : client_{std::move(client)},
        name_{std::move(name)},
        settings_{std::move(settings)},
        access_{settings_.access} {}

  /// Errors: as `parse_range_answer`, and those of the HTTP client.
  boost::asio::awaitable<Result<std::vector<RangePoint>>> read(RangeQuery query,
                                                               io::Deadline deadline);

 private:
  boost::asio::awaitable<Result<std::vector<RangePoint>>> ask(std::string url, RangeQuery query,
                                                              io::Deadline deadline);

  std::unique_ptr<io::HttpClient> client_;
  std::string name_;
  PrometheusSettings settings_;
  io::HttpAccess access_;
};

/// Errors: `bad_request` for certificates or keys that cannot be used; those of `read_file`.
Result<std::unique_ptr<RangeReader>> make_range_reader(boost::asio::io_context& context,
                                                       io::Clock& clock, std::string name,
                                                       PrometheusSettings settings);

}  // namespace spillway::prometheus
