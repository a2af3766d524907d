#include "controller/wiring/wiring.hpp"

#include <fmt/format.h>

#include <set>
#include <utility>
#include <variant>

#include "controller/io/atomic_file.hpp"
#include "controller/provider/aci/aci_settings.hpp"
#include "controller/provider/aci/aci_terminals.hpp"
#include "controller/provider/aci/connection.hpp"
#include "controller/provider/aci/doctor.hpp"
#include "controller/provider/aci/price_client.hpp"
#include "controller/provider/scale_set/scale_set.hpp"
#include "controller/settings/config_diff.hpp"
#include "controller/virtual_node/virtual_node.hpp"
#include "controller/wiring/cluster_family.hpp"
#include "controller/wiring/make_workload.hpp"
#include "controller/wiring/metric_family.hpp"
#include "controller/wiring/no_provider.hpp"
#include "controller/wiring/node_groups.hpp"
#include "controller/wiring/traffic_family.hpp"

namespace spillway::wiring {
namespace {

/// The signals of all workloads, and the work of workers, behind the loop's interface.
class SignalSensors final : public Sensors {
 public:
  SignalSensors(std::shared_ptr<SignalReader> reader, std::shared_ptr<WorkReader> work)
      : reader_{std::move(reader)}, work_{std::move(work)} {}
  boost::asio::awaitable<std::map<std::string, Readings>> read(io::Deadline deadline) override {
    const auto reader = reader_;
    co_return co_await reader->read(deadline);
  }
  boost::asio::awaitable<std::map<std::string, WorkInHand>> read_work(
      std::set<std::string> workloads, io::Deadline deadline) override {
    const auto work = work_;
    co_return co_await work->read(std::move(workloads), deadline);
  }

 private:
  std::shared_ptr<SignalReader> reader_;
  std::shared_ptr<WorkReader> work_;
};

}  // namespace

Outside::Outside(std::function<io::RealClock::SystemTime()> system)
    : clock{context, std::move(system)} {
  auto client{io::make_http_client(context, clock)};
  SPILLWAY_ASSERT(client);  // without options there is nothing that could be wrong
  http = std::move(*client);
  io::HttpClientOptions trusting{};
  trusting.tls.insecure_skip_verify = true;
  auto probing{io::make_http_client(context, clock, std::move(trusting))};
  SPILLWAY_ASSERT(probing);
  probe_http = std::move(*probing);
  prober = io::make_prober(clock, *probe_http);
}

class Azure;

/// The adapters of the provider, or what stands in for one.
class Provider {
 public:
  virtual ~Provider() = default;
  virtual BurstProvider& get() = 0;
  virtual StandbyPools& standby() = 0;
  virtual void leave_to_node(bool /*has_node*/) {}
  /// Null if there is no provider.
  virtual Azure* azure() { return nullptr; }
};

class Azure final : public Provider {
 public:
  Azure(aci::Connection connection, io::Clock& clock, const aci::AciSettings& settings,
        std::string owner)
      : connection_{std::move(connection)},
        node_{*connection_.arm, clock, aci::with_cloud(settings), std::move(owner)},
        terminals_{*connection_.arm, node_, *connection_.sockets, aci::with_cloud(settings)},
        both_{*connection_.provider, node_, clock} {
    node_.count_with(*connection_.provider);
    node_.also_look_in(*connection_.former);
  }

  BurstProvider& get() override { return both_; }
  StandbyPools& standby() override { return *connection_.standby; }
  Azure* azure() override { return this; }
  void leave_to_node(bool has_node) override { both_.leave_to_node(has_node); }
  aci::Connection& connection() { return connection_; }
  /// The same connection for the virtual node's groups.
  BurstProvider& node() { return node_; }
  Terminals& terminals() { return terminals_; }

 private:
  aci::Connection connection_;
  aci::AciProvider node_;
  aci::AciTerminals terminals_;
  WithNodeGroups both_;
};

namespace {

class Absent final : public Provider {
 public:
  BurstProvider& get() override { return none_; }
  StandbyPools& standby() override { return none_; }

 private:
  NoProvider none_{};
};

/// Of a provider that the settings have.
Azure& azure_of(Provider& provider) {
  Azure* const azure{provider.azure()};
  SPILLWAY_ASSERT(azure);
  return *azure;
}

}  // namespace

void leave_groups_to_node(Provider& provider, bool has_node) {
  provider.leave_to_node(has_node);
}

void ProviderDeleter::operator()(Provider* provider) const {
  delete provider;
}

BurstProvider& burst_provider(Provider& provider) {
  return provider.get();
}

aci::FormerScopes* former_scopes(Provider& provider) {
  return provider.azure() ? provider.azure()->connection().former.get() : nullptr;
}

boost::asio::awaitable<void> look_around(Provider& provider, io::Deadline deadline) {
  Azure* const azure{provider.azure()};
  if (azure == nullptr) co_return;
  const auto pools = co_await azure->standby().list_pools(deadline);
  const auto groups = co_await azure->connection().provider->list(deadline);
  const auto pods = co_await azure->node().list(deadline);
  static_cast<void>(pools);
  static_cast<void>(groups);
  static_cast<void>(pods);
}

StandbyPools& standby_pools(Provider& provider) {
  return provider.standby();
}

namespace {

/// The owner tag of the groups of the virtual node.
std::string node_owner(const std::string& owner) {
  return owner + "-node";
}

/// Null if the workload has none, or nobody can be asked for them.
std::shared_ptr<MachinePool> make_machines(Provider& provider,
                                           const settings::WorkloadConfig& workload,
                                           const settings::Config& config) {
  if (!workload.has_vms || !provider.azure()) return nullptr;
  auto set{std::get<scale_set::Settings>(workload.vms.pool)};
  const aci::AciSettings aci{aci_settings(config)};
  if (set.subscription.empty()) set.subscription = aci.subscription;
  if (set.resource_group.empty()) set.resource_group = aci.resource_group;
  return std::make_shared<scale_set::ScaleSet>(*azure_of(provider).connection().arm, set);
}

}  // namespace

Result<ProviderHandle> make_provider(Outside& outside, const settings::Config& config) {
  if (!config.has_provider) return Error{Errc::bad_request, "provider: the section is missing"};
  const aci::AciSettings aci{aci_settings(config)};
  auto connection{aci::connect(outside.context, outside.clock, outside.random, aci, config.owner)};
  if (!connection) return with_context("provider", std::move(connection).error());
  ProviderHandle made{
      new Azure{std::move(*connection), outside.clock, aci, node_owner(config.owner)}};
  made->leave_to_node(config.has_virtual_node);
  return made;
}

Result<ProviderHandle> make_provider_or_none(Outside& outside, const settings::Config& config) {
  if (config.has_provider || config.mode == Mode::act) return make_provider(outside, config);
  return ProviderHandle{new Absent{}};
}

Result<void> renew_identity(Outside& outside, Provider& provider, const settings::Config& config) {
  if (!provider.azure()) return {};
  const aci::AciSettings aci{aci_settings(config)};
  const auto renewed{
      aci::renew_identity(azure_of(provider).connection(), outside.clock, outside.random, aci)};
  if (!renewed) return with_context("provider", renewed.error());
  azure_of(provider).connection().former->look_again();  // its rights may be others now
  return {};
}

bool is_same_but_secrets(const settings::ProviderConfig& before,
                         const settings::ProviderConfig& after) {
  settings::Config was{};
  settings::Config is{};
  was.has_provider = is.has_provider = true;
  was.provider = before;
  is.provider = after;
  const auto& old{std::get<aci::AciSettings>(was.provider.settings)};
  auto& login{std::get<aci::AciSettings>(is.provider.settings)};
  login.client_secret = old.client_secret;
  login.client_certificate = old.client_certificate;
  login.client_certificate_password = old.client_certificate_password;
  return settings::changed_sections(was, is).empty();
}

Result<aci::PriceBook> read_prices(const settings::Config& config) {
  if (!config.has_provider) return aci::PriceBook{};
  const auto& aci{std::get<aci::AciSettings>(config.provider.settings)};
  if (aci.price_table.empty()) return aci::dated_prices(aci);
  const auto table{io::read_file(aci.price_table, std::size_t{1} << 20U)};
  if (!table) return with_context("provider.price_table", table.error());
  auto book{aci::PriceBook::from_table(*table)};
  if (!book) return book;
  book->merge(aci::dated_prices(aci));
  return book;
}

boost::asio::awaitable<Result<aci::PriceBook>> fetch_prices(Outside& outside,
                                                            const settings::Config& config,
                                                            io::Deadline deadline) {
  if (!config.has_provider) {
    co_return Error{Errc::bad_request, "provider: the section is missing"};
  }
  const auto& settings = std::get<aci::AciSettings>(config.provider.settings);
  const auto endpoint = io::parse_url(aci::price_list_of(settings));
  if (!endpoint) co_return Error{Errc::bad_request, "this cloud has no public price list"};
  std::set<std::string> regions{};
  for (const Place& place : aci::places(settings)) regions.insert(place.region);
  co_return co_await aci::fetch_all_prices(*outside.http, outside.clock, *endpoint,
                                           std::move(regions), deadline);
}

HourlyPrice price_of(const settings::Config& config, const aci::PriceBook& learned,
                     const Place& place, const GroupSize& size) {
  if (!config.has_provider) return {};
  const auto resolved{aci_settings(config)};
  auto table{read_prices(config)};
  aci::PriceBook book{table ? std::move(*table) : aci::PriceBook{}};
  book.merge(learned);
  return aci::price_of(resolved, place, aci::price_kind({}, place), size, book);
}

boost::asio::awaitable<std::vector<Finding>> examine(Outside& outside, Provider& provider,
                                                     const settings::Config& config,
                                                     io::Deadline deadline) {
  std::vector<aci::Wanted> wanted{};
  for (const auto& [name, workload] : config.workloads) {
    const StandbySettings& standby{workload.standby};
    const int warm{standby.sizing == StandbySizing::fixed ? standby.size : standby.max};
    wanted.push_back({.workload = name,
                      .replica = workload.replica.replica,
                      .size = workload.replica.size,
                      .sizes = workload.replica.sizes,
                      .groups_max = workload.limits.max_burst,
                      .keeps_warm = warm > 0});
  }
  aci::Connection& connection{azure_of(provider).connection()};
  const aci::Instruments instruments{*connection.http, *connection.tokens, *connection.arm,
                                     outside.clock};
  const aci::AciSettings settings{aci_settings(config)};
  return aci::examine(instruments, settings, std::move(wanted), deadline);
}

Result<std::shared_ptr<virtual_node::VirtualNode>> make_virtual_node(Outside& outside,
                                                                     const settings::Config& config,
                                                                     Provider& provider,
                                                                     NodeMoney money,
                                                                     NodeDemand wanting) {
  if (!config.has_virtual_node) return std::shared_ptr<virtual_node::VirtualNode>{};
  auto server{
      kubernetes::make_api_server(outside.context, outside.clock, config.virtual_node.connection)};
  if (!server) return with_context("virtual_node.connection", server.error());
  const auto resolved{aci_settings(config)};
  auto table{read_prices(config)};
  if (!table) return table.error();
  const auto price{[resolved, table = std::move(*table), &learned = money.learned](
                       const Place& place, const GroupSize& size) {
    aci::PriceBook book{table};
    book.merge(learned);
    return aci::price_of(resolved, place, aci::price_kind({}, place), size, book);
  }};
  auto purse{std::make_unique<NodePurse>(NodePurse::Parts{.store = money.store,
                                                          .node = config.virtual_node.name,
                                                          .caps = config.virtual_node.budget,
                                                          .shared = config.allocator,
                                                          .price = price,
                                                          .others = std::move(money.others)})};
  // Pods have certificates of their own making, and kubelets do not look at them either.
  io::HttpClientOptions trusting{};
  trusting.tls.insecure_skip_verify = true;
  auto probe_http{io::make_http_client(outside.context, outside.clock, std::move(trusting))};
  if (!probe_http) return with_context("virtual_node", probe_http.error());
  auto prober{io::make_prober(outside.clock, **probe_http)};
  // Destroyed together: the node first.
  struct Held {
    std::unique_ptr<NodePurse> purse;
    std::unique_ptr<io::HttpClient> probe_http;
    std::unique_ptr<io::Prober> prober;
    virtual_node::VirtualNode node;
  };
  virtual_node::VirtualNode::Parts parts{.clock = outside.clock,
                                         .random = outside.random,
                                         .provider = azure_of(provider).node(),
                                         .prober = *prober,
                                         .owner = node_owner(config.owner),
                                         .places = aci::places(resolved),
                                         .purse = purse.get(),
                                         .reap_after = config.reap_after,
                                         .terminals = &azure_of(provider).terminals(),
                                         .wanting = std::move(wanting)};
  const std::shared_ptr<Held> held{
      new Held{std::move(purse),
               std::move(*probe_http),
               std::move(prober),
               {config.virtual_node, std::move(*server), std::move(parts)}}};
  return std::shared_ptr<virtual_node::VirtualNode>{held, &held->node};
}

Result<Assembly> assemble(Outside& outside, const settings::Config& config, const Assembly* before,
                          Provider* provider, const aci::PriceBook& learned) {
  Assembly assembly{};
  auto reader{make_reader(outside, config)};
  if (!reader) return reader.error();
  assembly.signals = std::move(*reader);
  if (before && before->signals) assembly.signals->remember(*before->signals);
  auto work{make_work_reader(outside, config)};
  if (!work) return work.error();
  auto prices{read_prices(config)};
  if (!prices) return prices.error();
  prices->merge(learned);
  auto clusters{make_clusters(outside, config)};
  if (!clusters) return clusters.error();
  assembly.clusters = std::move(*clusters);
  const auto traffic{make_traffic(outside, config, assembly.service_discovery)};
  if (!traffic) return traffic.error();

  assembly.loop.sensors = std::make_shared<SignalSensors>(assembly.signals, std::move(*work));
  assembly.loop.settings = {.mode = config.mode,
                            .interval = config.interval,
                            .journal_heartbeat = config.state.journal_heartbeat,
                            .reap_after = config.reap_after,
                            .retention = config.state.retention,
                            .drains_on_stop = config.on_stop == settings::OnStop::drain,
                            .drain_on_stop_limit = config.drain_on_stop_limit};
  // Kept by the workloads that may take another template from their cluster later.
  const auto shared{std::make_shared<const settings::Config>(config)};
  const auto book{std::make_shared<aci::PriceBook>(std::move(*prices))};
  assembly.prices = book;
  for (const auto& [name, workload] : config.workloads) {
    auto built{make_workload(name, workload, shared, assembly.clusters, *traffic, book)};
    if (provider) built->machines = make_machines(*provider, workload, config);
    assembly.loop.workloads.emplace(name, std::move(built));
  }
  assembly.loop.allocator = config.allocator;
  return assembly;
}

}  // namespace spillway::wiring
