#include "controller/wiring/wiring.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
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
#include "controller/wiring/former_traffic.hpp"
#include "controller/wiring/metric_family.hpp"
#include "controller/wiring/node_groups.hpp"
#include "controller/wiring/traffic_family.hpp"

namespace spillway::wiring {
namespace {

std::optional<std::string> process_variable(std::string_view name) {
  const char* value{std::getenv(std::string{name}.c_str())};
  if (!value) return std::nullopt;
  return std::string{value};
}

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

/// Every place of the provider with every size of the replica, in the order of the settings.
std::vector<Offer> offers_of(const settings::Config& config, const settings::ReplicaConfig& replica,
                             const aci::PriceBook& prices) {
  std::vector<Offer> offers{};
  if (!config.has_provider) return offers;
  const auto resolved{aci::with_environment(std::get<aci::AciSettings>(config.provider.settings),
                                            process_variable)};
  std::vector<GroupSize> sizes{replica.size};
  sizes.insert(sizes.end(), replica.sizes.begin(), replica.sizes.end());
  for (const Place& place : aci::places(resolved)) {
    const aci::PriceKind kind{aci::price_kind(replica.replica, place)};
    for (const GroupSize& size : sizes) {
      offers.push_back({.place = place,
                        .size = size,
                        .price = aci::price_of(resolved, place, kind, size, prices)});
    }
  }
  return offers;
}

/// The price of one of them, by `prices`.
HourlyPrice price_of(const settings::Config& config, const Offer& offer,
                     const ReplicaTemplate& replica, const aci::PriceBook& prices) {
  if (!config.has_provider) return offer.price;
  const auto resolved{aci::with_environment(std::get<aci::AciSettings>(config.provider.settings),
                                            process_variable)};
  return aci::price_of(resolved, offer.place, aci::price_kind(replica, offer.place), offer.size,
                       prices);
}

std::map<Place, Duration> latencies_of(const settings::Config& config) {
  std::map<Place, Duration> latencies{};
  if (!config.has_provider) return latencies;
  const auto resolved{aci::with_environment(std::get<aci::AciSettings>(config.provider.settings),
                                            process_variable)};
  for (const Place& place : aci::places(resolved)) {
    latencies[place] = aci::latency_of(resolved, place);
  }
  return latencies;
}

/// FNV-1a over the settings' text: a name for it in the store, not a protection.
std::string hash_of(const std::string& text) {
  ReplicaTemplate carrier{};
  carrier.image = text;
  return template_hash(carrier);
}

/// What depends on the replica itself; the rest of a workload stays when that changes.
void run_replica(Workload& workload, const settings::ReplicaConfig& replica,
                 const settings::Config& config, const aci::PriceBook& prices) {
  workload.replica = replica.replica;
  workload.plan_limits.template_hash = template_hash(workload.replica);
  workload.offers = offers_of(config, replica, prices);
  // A Spot group has no address, so no balancer can send it anything.
  if (!workload.traffic.empty()) {
    std::erase_if(workload.offers,
                  [](const Offer& offer) { return offer.place.priority == Priority::spot; });
  }
  workload.probe = replica.probe;
  workload.idle_path = replica.idle_path;
  workload.work_lag.reset();
  if (replica.has_busy) workload.work_lag = replica.busy.lag;
}

std::shared_ptr<Workload> make_workload(
    const std::string& name, const settings::WorkloadConfig& workload,
    const std::shared_ptr<const settings::Config>& config,
    const std::map<std::string, std::shared_ptr<Cluster>>& clusters,
    const std::map<std::string, std::shared_ptr<Traffic>>& traffic,
    const std::shared_ptr<aci::PriceBook>& prices) {
  auto built{std::make_shared<Workload>()};
  built->name = name;
  built->service = workload.service.empty() ? name : workload.service;
  built->cluster = clusters.at(workload.cluster);
  built->cluster_name = workload.cluster;
  for (const std::string& each : workload.traffic) {
    built->traffic.push_back(traffic.at(each));
    built->traffic_places[each] = places_of(config->traffic.at(each));
    for (std::string& entry : entries_of(config->traffic.at(each))) {
      built->traffic_entries.push_back(std::move(entry));
    }
  }
  built->traffic_text = traffic_text(*config, workload);
  built->decision = settings::decision_policy(workload);
  built->shadow = settings::shadow_policy(workload);
  built->shadow_wait = workload.shadow.wait;
  built->placement = workload.placement;
  built->latencies = latencies_of(*config);
  built->plan_limits.name_prefix = name;
  built->plan_limits.drain_share_per_tick = workload.drain_share_per_tick;
  built->lifecycle = workload.lifecycle;
  built->standby = workload.standby;
  built->machine_limits = workload.vms.limits;
  built->rolling = workload.rolling;
  built->weight = workload.replica.weight;
  built->allocation_weight = workload.allocation_weight;
  run_replica(*built, workload.replica, *config, *prices);
  built->price_of = [config, prices](const Offer& offer, const ReplicaTemplate& replica) {
    return price_of(*config, offer, replica, *prices);
  };
  if (workload.replica.from_cluster) {
    built->awaits_template = true;
    built->plan_limits.template_hash.clear();  // so nothing that runs is taken for outdated
    built->take_replica = [replica = workload.replica, config, prices](
                              const DerivedReplica& derived, Workload& changed) {
      run_replica(changed, settings::filled_in(replica, derived), *config, *prices);
      changed.awaits_template = false;
    };
  }
  settings::WorkloadConfig journalled{workload};
  journalled.tests.clear();  // they decide nothing
  built->settings_text = settings::effective_yaml(journalled);
  built->settings_hash = hash_of(built->settings_text);
  return built;
}

}  // namespace

Outside::Outside() {
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

class Provider {
 public:
  Provider(aci::Connection connection, io::Clock& clock, const aci::AciSettings& settings,
           std::string owner)
      : connection_{std::move(connection)},
        node_{*connection_.arm, clock, aci::with_cloud(settings), std::move(owner)},
        terminals_{*connection_.arm, node_, *connection_.sockets, aci::with_cloud(settings)},
        both_{*connection_.provider, node_, clock} {
    node_.count_with(*connection_.provider);
  }

  BurstProvider& get() { return both_; }
  aci::Connection& connection() { return connection_; }
  /// The same connection for the virtual node's groups.
  BurstProvider& node() { return node_; }
  Terminals& terminals() { return terminals_; }
  void leave_to_node(bool has_node) { both_.leave_to_node(has_node); }

 private:
  aci::Connection connection_;
  aci::AciProvider node_;
  aci::AciTerminals terminals_;
  WithNodeGroups both_;
};

void leave_groups_to_node(Provider& provider, bool has_node) {
  provider.leave_to_node(has_node);
}

void ProviderDeleter::operator()(Provider* provider) const {
  delete provider;
}

BurstProvider& burst_provider(Provider& provider) {
  return provider.get();
}

StandbyPools& standby_pools(Provider& provider) {
  return *provider.connection().standby;
}

namespace {

/// The owner tag of the groups of the virtual node.
std::string node_owner(const std::string& owner) {
  return owner + "-node";
}

/// Null if the workload has none.
std::shared_ptr<MachinePool> make_machines(Provider& provider,
                                           const settings::WorkloadConfig& workload,
                                           const settings::Config& config) {
  if (!workload.has_vms) return nullptr;
  auto set{std::get<scale_set::Settings>(workload.vms.pool)};
  const aci::AciSettings aci{aci::with_environment(
      std::get<aci::AciSettings>(config.provider.settings), process_variable)};
  if (set.subscription.empty()) set.subscription = aci.subscription;
  if (set.resource_group.empty()) set.resource_group = aci.resource_group;
  return std::make_shared<scale_set::ScaleSet>(*provider.connection().arm, set);
}

}  // namespace

Result<ProviderHandle> make_provider(Outside& outside, const settings::Config& config) {
  if (!config.has_provider) return Error{Errc::bad_request, "provider: the section is missing"};
  const aci::AciSettings aci{aci::with_environment(
      std::get<aci::AciSettings>(config.provider.settings), process_variable)};
  auto connection{aci::connect(outside.context, outside.clock, outside.random, aci, config.owner)};
  if (!connection) return with_context("provider", std::move(connection).error());
  ProviderHandle made{
      new Provider{std::move(*connection), outside.clock, aci, node_owner(config.owner)}};
  made->leave_to_node(config.has_virtual_node);
  return made;
}

Result<void> renew_identity(Outside& outside, Provider& provider, const settings::Config& config) {
  const aci::AciSettings aci{aci::with_environment(
      std::get<aci::AciSettings>(config.provider.settings), process_variable)};
  const auto renewed{
      aci::renew_identity(provider.connection(), outside.clock, outside.random, aci)};
  if (!renewed) return with_context("provider", renewed.error());
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
  const auto resolved{aci::with_environment(std::get<aci::AciSettings>(config.provider.settings),
                                            process_variable)};
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
  aci::Connection& connection{provider.connection()};
  const aci::Instruments instruments{*connection.http, *connection.tokens, *connection.arm,
                                     outside.clock};
  const aci::AciSettings settings{aci::with_environment(
      std::get<aci::AciSettings>(config.provider.settings), process_variable)};
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
  const auto resolved{aci::with_environment(std::get<aci::AciSettings>(config.provider.settings),
                                            process_variable)};
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
                                         .provider = provider.node(),
                                         .prober = *prober,
                                         .owner = node_owner(config.owner),
                                         .places = aci::places(resolved),
                                         .purse = purse.get(),
                                         .reap_after = config.reap_after,
                                         .terminals = &provider.terminals(),
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
