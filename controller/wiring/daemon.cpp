#include "controller/wiring/daemon.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <exception>
#include <utility>
#include <variant>

#include "controller/io/held_signals.hpp"
#include "controller/io/log.hpp"
#include "controller/settings/config_diff.hpp"
#include "controller/settings/environment.hpp"
#include "controller/settings/load_config.hpp"
#include "controller/state/sqlite/sqlite_store.hpp"
#include "controller/traffic/http_sd/http_sd.hpp"
#include "controller/virtual_node/virtual_node.hpp"
#include "controller/wiring/former_places.hpp"
#include "controller/wiring/former_traffic.hpp"
#include "controller/wiring/kubelet.hpp"
#include "controller/wiring/node_demand.hpp"
#include "controller/wiring/price_follower.hpp"
#include "controller/wiring/price_memory.hpp"
#include "controller/wiring/server_certificates.hpp"
#include "controller/wiring/state_owner.hpp"

namespace asio = boost::asio;

namespace spillway::wiring {
namespace {

constexpr Duration api_stop_timeout{std::chrono::seconds{5}};
/// A loop that has not ended a tick for this long, or for several intervals, is stuck.
constexpr Duration stuck_at_least{std::chrono::minutes{2}};

/// `127.0.0.1:9900` or `[::1]:9900`, as the config check accepted it.
std::pair<std::string, std::uint16_t> host_and_port(const std::string& listen) {
  const std::size_t colon{listen.rfind(':')};
  std::string host{listen.substr(0, colon)};
  if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
  return {host, static_cast<std::uint16_t>(std::stoul(listen.substr(colon + 1)))};
}

/// Keeps the node's parts alive for as long as it runs.
asio::awaitable<void> run_node(std::shared_ptr<virtual_node::VirtualNode> node) {
  co_await node->run();
}

/// Groups in the records of which nobody could say any more whether they run.
Result<void> knows_where_groups_are(const settings::Config& config, Store& store) {
  if (config.has_provider) return {};
  const auto groups{store.open_groups()};
  if (!groups) return groups.error();
  if (groups->empty()) return {};
  return Error{
      Errc::bad_request,
      fmt::format("provider: the section is missing, and {} holds {} group{} that may run; "
                  "leave the section in until they are gone, or name another "
                  "state.directory",
                  config.state.directory, groups->size(), groups->size() == 1 ? "" : "s")};
}

/// Keeps the cluster alive for as long as it is watched.
asio::awaitable<void> watch(std::shared_ptr<Cluster> cluster) {
  co_await cluster->watch();
}

}  // namespace

Daemon::Daemon(std::string config_path, settings::Config config,
               std::function<io::RealClock::SystemTime()> system)
    : config_path_{std::move(config_path)},
      config_{std::move(config)},
      outside_{std::move(system)},
      telemetry_{SPILLWAY_VERSION},
      watchers_{outside_.context,
                [](std::exception_ptr failure) { std::rethrow_exception(std::move(failure)); }},
      beside_{outside_.context,
              [](std::exception_ptr failure) { std::rethrow_exception(std::move(failure)); }},
      signals_{outside_.context, SIGINT, SIGTERM, SIGHUP} {}

Daemon::~Daemon() {
  outside_.context.stop();
}

Result<std::unique_ptr<Daemon>> Daemon::start(std::string config_path, settings::Config config,
                                              std::function<io::RealClock::SystemTime()> system) {
  std::unique_ptr<Daemon> daemon{
      new Daemon{std::move(config_path), std::move(config), std::move(system)}};
  if (const auto opened{daemon->open()}; !opened) return opened.error();
  if (const auto listening{daemon->listen()}; !listening) return listening.error();
  return daemon;
}

Result<void> Daemon::open() {
  auto store{state::open_sqlite_store(
      {.directory = config_.state.directory, .on_unreadable = [this](const UnreadableEntry& entry) {
         report_unreadable(telemetry_, entry);
       }})};
  if (!store) return store.error();
  store_ = std::move(*store);
  auto provider{make_provider_or_none(outside_, config_)};
  if (!provider) return provider.error();
  if (const auto known{knows_where_groups_are(config_, *store_)}; !known) return known.error();
  const TimePoint now{outside_.clock.now()};
  if (const auto claimed{claim_state(config_, *store_, now)}; !claimed) return claimed.error();
  provider_ = std::move(*provider);
  const auto followed{follow_places(*provider_, config_, *store_, now)};
  if (!followed) return followed.error();
  auto learned{kept_prices(*store_)};
  if (!learned) return learned.error();
  learned_prices_ = std::move(*learned);
  auto assembly{assemble(outside_, config_, nullptr, provider_.get(), learned_prices_)};
  if (!assembly) return assembly.error();
  assembly_ = std::move(*assembly);
  const auto recalled{recall_traffic(outside_, config_, *store_, assembly_)};
  if (!recalled) return recalled.error();
  auto node{make_virtual_node(outside_, config_, *provider_, node_money(), node_demand())};
  if (!node) return node.error();
  virtual_node_ = std::move(*node);
  reporter_ = std::make_unique<Reporter>(telemetry_, outside_.clock, *store_);
  loop_ = std::make_unique<ControlLoop>(
      ControlLoop::Parts{.context = outside_.context,
                         .clock = outside_.clock,
                         .provider = burst_provider(*provider_),
                         .prober = *outside_.prober,
                         .store = *store_,
                         .observer = *reporter_,
                         .owner = config_.owner,
                         .standby = &standby_pools(*provider_),
                         .price_of =
                             [this](const Place& place, const GroupSize& size) {
                               return wiring::price_of(config_, learned_prices_, place, size);
                             }},
      assembly_.loop);
  return loop_->restore();
}

Result<void> Daemon::listen() {
  io::HttpServerOptions options{};
  std::tie(options.host, options.port) = host_and_port(config_.api.listen);
  if (!config_.api.tls_certificate.empty()) {
    auto tls{api_tls(config_.api)};
    if (!tls) return tls.error();
    options.tls = std::move(*tls);
  }
  api_ = std::make_unique<api::Api>(api_parts());
  auto server{io::start_http_server(
      outside_.context, outside_.clock, std::move(options),
      [this](io::HttpRequest request) { return api_->handle(std::move(request)); })};
  if (!server) return with_context("api.listen " + config_.api.listen, server.error());
  server_ = std::move(*server);
  return listen_as_kubelet();
}

Result<void> Daemon::listen_as_kubelet() {
  const bool is_wanted{virtual_node_ && config_.mode == Mode::act &&
                       config_.virtual_node.has_kubelet};
  if (!is_wanted || kubelet_server_) return {};
  auto server{start_kubelet(outside_, config_.virtual_node, [this] { return virtual_node_; })};
  if (!server) return server.error();
  kubelet_server_ = std::move(*server);
  return {};
}

/// By the last tick.
NodeDemand Daemon::node_demand() {
  return [this] {
    return wanting_workloads(loop_ ? loop_->status() : nullptr, config_.virtual_node.open_for);
  };
}

/// What the node spends is on the same bill; the limits of all are for it, too.
NodeMoney Daemon::node_money() {
  return {.store = *store_, .learned = learned_prices_, .others = [this] {
            OtherBurst others{};
            const auto status{loop_ ? loop_->status() : nullptr};
            if (!status) return others;
            for (const auto& workload : status->workloads) {
              for (const GroupRecord& group : workload->groups) {
                if (!may_cost_money(group.state.phase)) continue;
                others.replicas += group.size.replicas.count;
                others.rent.per_hour += group.price.per_hour;
              }
            }
            return others;
          }};
}

api::ApiParts Daemon::api_parts() {
  api::ApiParts parts{};
  parts.status = [this] { return loop_->status(); };
  parts.last_tick_at = [this] { return loop_->last_tick_at(); };
  parts.metrics = [this] { return exposition(); };
  parts.reload = [this] { return reload(); };
  parts.drain_group = [this](const GroupId& id) { return loop_->drain_group(id); };
  parts.drain_workload = [this](const std::string& workload, Duration length) {
    return loop_->drain_workload(workload, outside_.clock.now() + length);
  };
  parts.service_discovery = [this](const std::string& name) -> std::optional<std::string> {
    const auto found{assembly_.service_discovery.find(name)};
    const auto status{loop_->status()};
    // Until the balancers were compared once nothing is known, and a scraper keeps its targets.
    const bool is_known{status && status->tick >= service_discovery_from_tick_};
    if (found == assembly_.service_discovery.end() || !is_known) return std::nullopt;
    return found->second->body();
  };
  parts.store = store_.get();
  parts.clock = &outside_.clock;
  parts.token = io::Secret{config_.api.token};
  parts.stuck_after = std::max<Duration>(stuck_at_least, 10 * config_.interval);
  return parts;
}

std::string Daemon::exposition() {
  telemetry_.sources(assembly_.signals->health());
  telemetry_.readings(assembly_.signals->doubts());
  telemetry_.create_tokens(burst_provider(*provider_).create_tokens(outside_.clock.now()));
  return telemetry_.exposition();
}

/// Checks all first, then swaps; on any error the old configuration stays.
Result<std::string> Daemon::reload() {
  const auto refuse{[this](std::string why) {
    telemetry_.reloaded(outside_.clock.now(), false);
    io::log_event(io::LogLevel::error, "ReloadFailed", {{"error", why}});
    return Error{Errc::bad_request, "the old configuration stays: " + why};
  }};
  const settings::ProcessEnvironment environment{};
  auto loaded{settings::load_config(config_path_, environment)};
  if (const auto* errors{std::get_if<std::vector<settings::ConfigError>>(&loaded)}) {
    return refuse(to_string(*errors));
  }
  auto config{std::get<settings::Config>(std::move(loaded))};
  const std::vector<std::string> changes{settings::changed_sections(config_, config)};
  for (const std::string& change : changes) {
    for (const std::string_view fixed : {"owner", "state", "api", "provider"}) {
      const bool is_rotation{fixed == "provider" && config.has_provider && config_.has_provider &&
                             is_same_but_secrets(config_.provider, config.provider)};
      if (change == fixed && !is_rotation) return refuse(change + " needs a restart");
    }
  }
  const bool is_kubelet_as_before{config.virtual_node.has_kubelet ==
                                      config_.virtual_node.has_kubelet &&
                                  config.virtual_node.kubelet == config_.virtual_node.kubelet};
  if (!is_kubelet_as_before) return refuse("virtual_node.kubelet needs a restart");
  auto assembly{assemble(outside_, config, &assembly_, provider_.get(), learned_prices_)};
  if (!assembly) return refuse(to_string(assembly.error()));
  recall_maps(outside_, config_, config, *assembly);
  auto node{make_virtual_node(outside_, config, *provider_, node_money(), node_demand())};
  if (!node) return refuse(to_string(node.error()));
  if (const auto renewed{renew_certificates(config, server_.get(), kubelet_server_.get())};
      !renewed) {
    return refuse(to_string(renewed.error()));
  }
  // Last of what can be refused. Also without a change: a certificate's file may be another one
  // now.
  if (const auto renewed{renew_identity(outside_, *provider_, config)}; !renewed) {
    return refuse(to_string(renewed.error()));
  }
  if (virtual_node_ && *node) (*node)->go_on_from(*virtual_node_);
  virtual_node_ = std::move(*node);
  leave_groups_to_node(*provider_, config.has_virtual_node);
  config_ = std::move(config);
  assembly_ = std::move(*assembly);
  io::start_logging(config_.log.format, config_.log.level);
  loop_->reload(assembly_.loop);
  if (const auto listening{listen_as_kubelet()}; !listening) {
    // The rest of the config is in force; logs are missing until a restart.
    io::log_event(io::LogLevel::error, "KubeletNotListening", {{"error", listening.error()}});
  }
  service_discovery_from_tick_ = (loop_->status() ? loop_->status()->tick : 0) + 2;
  std::vector<std::string> names{};
  for (const auto& [name, workload] : config_.workloads) names.push_back(name);
  telemetry_.forget_workloads_except(names);
  telemetry_.forget_what_is_told_again();
  telemetry_.reloaded(outside_.clock.now(), true);
  watch_clusters();
  const std::string what{changes.empty() ? std::string{"nothing changed"}
                                         : fmt::format("changed: {}", fmt::join(changes, ", "))};
  io::log_event(io::LogLevel::info, "Reloaded", {{"changes", what}});
  return what;
}

void Daemon::watch_clusters() {
  watchers_.cancel();  // those of the last configuration
  for (const auto& [name, cluster] : assembly_.clusters) {
    watchers_.spawn(watch(cluster));
  }
  if (virtual_node_ && config_.mode == Mode::act) watchers_.spawn(run_node(virtual_node_));
  if (config_.mode != Mode::act) {
    watchers_.spawn(watch_former_places(*provider_, outside_.clock));
  }
}

asio::awaitable<void> Daemon::handle_signals() {
  for (;;) {
    boost::system::error_code stopped{};
    const int signal{
        co_await signals_.async_wait(asio::redirect_error(asio::use_awaitable, stopped))};
    if (stopped) co_return;
    if (signal == SIGHUP) {
      const auto reloaded{reload()};
      static_cast<void>(reloaded);  // logged there
      continue;
    }
    io::log_event(io::LogLevel::info, "Stopping",
                  {{"burst_groups", config_.on_stop == settings::OnStop::drain
                                        ? "drained first; signal again to leave them serving"
                                        : "left serving"}});
    is_stopping_ = true;
    loop_->stop();
  }
}

/// Samples would look old, schedules be early and every tick take twice as long until the clock has
/// caught up, and going back would leave every wait open for as long: what is kept is enough to go
/// on from. Not while it drains, which ends by itself.
asio::awaitable<void> Daemon::watch_clock() {
  const auto set_back = co_await outside_.clock.until_set_back();
  if (!set_back || is_stopping_) co_return;
  io::log_event(io::LogLevel::warning, "ClockSetBack",
                {{"by", *set_back},
                 {"effect", std::string_view{"the system's clock was ahead: Spillway begins anew "
                                             "with its time as after a restart, and groups go "
                                             "on"}}});
  must_begin_anew_ = true;
  io::hold_signals();  // until the next one listens: one that comes in between is not lost
  loop_->leave();
}

PriceFollower Daemon::price_follower() {
  return {
      .is_wanted = [this] { return has_price_list(config_); },
      .fetch = [this](io::Deadline deadline) { return fetch_prices(outside_, config_, deadline); },
      .use = [this](const aci::PriceBook& book, TimePoint now) { use_prices(book, now); }};
}

void Daemon::use_prices(const aci::PriceBook& book, TimePoint now) {
  learned_prices_.merge(book);
  const auto kept{keep_prices(*store_, book, now)};
  io::log_event(
      io::LogLevel::info, "PricesRead",
      {{"quotes", book.quotes().size()}, {"kept", std::string_view{kept ? "yes" : "no"}}});
  // Only the prices: balancers, clusters and sensors are in the middle of their work, and a new one
  // would know nothing. What `GET /sd/...` shows would be empty for a while.
  assembly_.prices->merge(book);
  loop_->reprice();
}

asio::awaitable<void> Daemon::run_loop() {
  beside_.spawn(follow_prices(outside_.clock, price_follower()));
  beside_.spawn(watch_clock());
  co_await loop_->run();
  beside_.cancel();
  co_await beside_.join();
  watchers_.cancel();
  co_await watchers_.join();
  const auto deadline = io::deadline_after(outside_.clock, api_stop_timeout);
  if (kubelet_server_) co_await kubelet_server_->stop(deadline);
  co_await server_->stop(deadline);
  signals_.cancel();
}

int Daemon::run() {
  io::let_signals_through();  // `signals_` has listened since its construction
  io::log_event(io::LogLevel::info, "Started",
                {{"version", SPILLWAY_VERSION},
                 {"mode", to_string(config_.mode)},
                 {"workloads", config_.workloads.size()},
                 {"api", fmt::format("port {}", port())}});
  watch_clusters();
  const auto on_end{[this](const std::exception_ptr& failure) {
    if (!failure) return;
    exit_code_ = 1;
    outside_.context.stop();
    try {
      std::rethrow_exception(failure);
    } catch (const std::exception& broken) {
      io::log_event(io::LogLevel::error, "Broken", {{"what", broken.what()}});
    }
  }};
  asio::co_spawn(outside_.context, handle_signals(), on_end);
  asio::co_spawn(outside_.context, run_loop(), [this, on_end](const std::exception_ptr& failure) {
    on_end(failure);
    outside_.context.stop();  // also if a reload has just begun to watch clusters again
  });
  outside_.context.run();
  if (must_begin_anew()) return exit_code_;
  io::log_event(io::LogLevel::info, "Stopped", {{"exit_code", exit_code_}});
  return exit_code_;
}

}  // namespace spillway::wiring
