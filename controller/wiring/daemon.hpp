// The running controller: loop, API, signals and reloads around one configuration file.
#pragma once

#include <boost/asio/signal_set.hpp>
#include <chrono>
#include <functional>
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
  /// `system` is the machine's clock.
  static Result<std::unique_ptr<Daemon>> start(
      std::string config_path, settings::Config config,
      std::function<io::RealClock::SystemTime()> system = std::chrono::system_clock::now);
  ~Daemon();

  /// Runs until SIGTERM or SIGINT, or until `must_begin_anew`, from when on signals are held;
  /// SIGHUP reloads. Lets held signals through. Returns the exit code.
  int run();

  /// The machine's clock was set back by much: every instant known here is one of the future. The
  /// caller destroys this and starts another one, with the same effect as that of a restart: groups
  /// go on, and what is kept in the state directory is all that is known.
  bool must_begin_anew() const { return must_begin_anew_ && exit_code_ == 0; }
  /// It was asked to stop: while it ended to begin anew, whoever begins anew has to ask again.
  bool is_stopping() const { return is_stopping_; }
  /// As it is in force.
  const settings::Config& config() const { return config_; }

  std::uint16_t port() const { return server_->port(); }

 private:
  Daemon(std::string config_path, settings::Config config,
         std::function<io::RealClock::SystemTime()> system);

  Result<void> open();
  Result<void> listen();
  Result<void> listen_as_kubelet();
  NodeMoney node_money();
  NodeDemand node_demand();
  api::ApiParts api_parts();
  Result<std::string> reload();
  boost::asio::awaitable<void> run_loop();
  boost::asio::awaitable<void> handle_signals();
  boost::asio::awaitable<void> watch_clock();
  PriceFollower price_follower();
  void use_prices(const aci::PriceBook& book, TimePoint now);
  void watch_clusters();
  std::string exposition();

  std::string config_path_;
  settings::Config config_;
  Outside outside_;
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
  io::TaskGroup beside_;  ///< the loop, as long as it runs
  aci::PriceBook learned_prices_{};
  boost::asio::signal_set signals_;
  std::uint64_t service_discovery_from_tick_{2};
  bool is_stopping_{false};
  bool must_begin_anew_{false};
  int exit_code_{0};
};

}  // namespace spillway::wiring
