// The routes of the HTTP API: metrics, health, status, decisions, service discovery, drain, reload
// and the dashboard. No sockets here: io/http_server carries it; what it shows and does is passed
// in.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "controller/io/clock.hpp"
#include "controller/io/http_server.hpp"
#include "controller/io/secret.hpp"
#include "controller/loop/status.hpp"
#include "controller/state/store.hpp"

namespace spillway::api {

struct ApiParts {
  std::function<std::shared_ptr<const Status>()> status{};  ///< null before the first tick
  std::function<std::optional<TimePoint>()> last_tick_at{};
  std::function<std::string()> metrics{};         ///< Prometheus' text format
  std::function<Result<std::string>()> reload{};  ///< what changed, as a sentence
  std::function<Result<void>(const GroupId&)> drain_group{};
  std::function<Result<void>(const std::string&, Duration)> drain_workload{};
  /// The body of /sd/NAME; nothing if there is no such service discovery.
  std::function<std::optional<std::string>(const std::string&)> service_discovery{};
  Store* store{nullptr};
  io::Clock* clock{nullptr};
  io::Secret token{};      ///< asked of every request but health; empty: of none
  Duration stuck_after{};  ///< no tick for this long: not healthy
};

class Api {
 public:
  explicit Api(ApiParts parts);

  boost::asio::awaitable<io::HttpReply> handle(io::HttpRequest request);

 private:
  io::HttpResponse respond(const io::HttpRequest& request);
  io::HttpResponse read(const std::string& path, const io::QueryParams& query);
  io::HttpResponse write(const std::string& path, const io::QueryParams& query);
  io::HttpResponse decisions(const io::QueryParams& query);
  bool is_allowed(const io::HttpRequest& request, const std::string& path) const;
  bool is_addressed_to_us(const io::HttpRequest& request) const;

  ApiParts parts_;
};

/// The page at `/`: plain HTML that asks /api/v1/status every two seconds. No outside resources.
std::string_view dashboard_page();

}  // namespace spillway::api
