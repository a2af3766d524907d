#include "controller/wiring/make_workload.hpp"

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "controller/wiring/former_traffic.hpp"
#include "controller/wiring/traffic_family.hpp"

namespace spillway::wiring {
namespace {

std::optional<std::string> process_variable(std::string_view name) {
  const char* value{std::getenv(std::string{name}.c_str())};
  if (!value) return std::nullopt;
  return std::string{value};
}

/// Every place of the provider with every size of the replica, in the order of the settings.
std::vector<Offer> offers_of(const settings::Config& config, const settings::ReplicaConfig& replica,
                             const aci::PriceBook& prices) {
  std::vector<Offer> offers{};
  if (!config.has_provider) return offers;
  const auto resolved{aci_settings(config)};
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
  const auto resolved{aci_settings(config)};
  return aci::price_of(resolved, offer.place, aci::price_kind(replica, offer.place), offer.size,
                       prices);
}

std::map<Place, Duration> latencies_of(const settings::Config& config) {
  std::map<Place, Duration> latencies{};
  if (!config.has_provider) return latencies;
  const auto resolved{aci_settings(config)};
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

}  // namespace

aci::AciSettings aci_settings(const settings::Config& config) {
  return aci::with_environment(std::get<aci::AciSettings>(config.provider.settings),
                               process_variable);
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

}  // namespace spillway::wiring
