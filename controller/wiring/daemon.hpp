// The running controller: loop, API, signals and reloads around one configuration file.
#pragma once

#include <boost/asio/signal_set.hpp>
#include <memory>
#include <optional>
#include <string>

#include "controller/api/api.hpp"
#include "controller/io/http_server.hpp"
#include "controller/loop/control_loop.hpp"
#include "controller/settings/config.hpp"
#include "controller/wiring/price_follower.hpp"
#include "controller/wiring/reporter.hpp"
#include "controller/wiring/wiring.hpp"
#include "metrics/exported/telemetry.hpp"

namespace spillway::wiring {

class Daemon {
 public:
  /// Opens the state directory, takes its lock, reads back what the last run left, and listens.
  /// Nothing is created or removed before `run`. Errors: those of the store, the provider's
  /// settings and the API's address.
  static Result<std::unique_ptr<Daemon>> start(std::string config_path, settings::Config config);
  ~Daemon();

  /// Runs until SIGTERM or SIGINT; SIGHUP reloads. Returns the exit code.
  int run();

  std::uint16_t port() const { return server_->port(); }

 private:
  Daemon(std::string config_path, settings::Config config);

  Result<void> open();
  Result<void> listen();
  Result<void> listen_as_kubelet();
  NodeMoney node_money();
  NodeDemand node_demand();
  api::ApiParts api_parts();
  Result<std::string> reload();
  boost::asio::awaitable<void> run_loop();
  boost::asio::awaitable<void> handle_signals();
  PriceFollower price_follower();
  void use_prices(const aci::PriceBook& book, TimePoint now);
  void watch_clusters();
  std::string exposition();

  std::string config_path_;
  settings::Config config_;
  Outside outside_{};
  exported::Telemetry telemetry_;
  std::unique_ptr<Store> store_{};
  ProviderHandle provider_{};
  Assembly assembly_{};
  std::shared_ptr<virtual_node::VirtualNode> virtual_node_{};
  std::unique_ptr<Reporter> reporter_{};
  std::unique_ptr<ControlLoop> loop_{};
  std::unique_ptr<api::Api> api_{};
  std::unique_ptr<io::HttpServer> server_{};
  std::unique_ptr<io::HttpServer> kubelet_server_{};
  io::TaskGroup watchers_;
  io::TaskGroup prices_;
  aci::PriceBook learned_prices_{};
  boost::asio::signal_set signals_;
  std::uint64_t service_discovery_from_tick_{2};
  int exit_code_{0};
};

}  // namespace spillway::wiring
