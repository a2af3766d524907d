#include "tests/bench/policy/contenders.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>

#include "policies/baseline/aws_target_tracking.hpp"
#include "policies/baseline/cluster_autoscaler.hpp"
#include "policies/baseline/hpa.hpp"
#include "policies/baseline/keda.hpp"
#include "policies/baseline/nomad_target_value.hpp"
#include "policies/baseline/static_peak.hpp"
#include "policies/baseline/step_thresholds.hpp"
#include "policies/latency/auto/auto_policy.hpp"

namespace spillway::bench {
namespace {

using namespace backtest;

template <class P>
Contender contender(std::string name, typename P::Settings settings, const World& world) {
  return {.name = std::move(name), .build = [settings, world](const Load&) {
            return alone(std::make_unique<P>(settings), world);
          }};
}

Contender peak_machines(const World& world) {
  const auto peak{
      [](const Load& load) { return *std::max_element(load.need.begin(), load.need.end()); }};
  return {.name = "VMs for the peak, always on", .build = [peak, world](const Load& load) {
            return alone(std::make_unique<StaticPeak>(StaticPeakSettings{peak(load)}), world);
          }};
}

AutoSettings automatic(const World& world) {
  return {.vm_replicas = world.cluster.replicas_per_vm};
}

/// The default policy, with the error budget and with a fixed price of a late request.
std::vector<Contender> ours(const World& world) {
  AutoSettings priced{automatic(world)};
  priced.late_price = late_weight;
  return {contender<AutoPolicy>("auto", automatic(world), world),
          contender<AutoPolicy>("auto, late_price 30", priced, world)};
}

HpaSettings hpa(double target) {
  return {.target_utilization = target};
}

/// The families with a target utilization and nothing else that anybody sets.
std::vector<Grid> by_target(const World& world) {
  Grid keda{.name = "KEDA"};
  Grid horizontal{.name = "HPA"};
  Grid amazon{.name = "AWS target tracking"};
  Grid machines{.name = "HPA, VM autoscaler"};
  Grid bridge{.name = "HPA, VM autoscaler, ACI bridge"};
  for (const double target : std::array{0.4, 0.5, 0.6, 0.7, 0.8, 0.9}) {
    const std::string name{fmt::format("{:g}", target)};
    const ClusterAutoscalerSettings pods{.pods = hpa(target)};
    keda.members.push_back(contender<Keda>(name, {.target_utilization = target}, world));
    horizontal.members.push_back(contender<Hpa>(name, hpa(target), world));
    amazon.members.push_back(
        contender<AwsTargetTracking>(name, {.target_utilization = target}, world));
    machines.members.push_back(contender<ClusterAutoscaler>(name, pods, world));
    bridge.members.push_back(contender<ClusterAutoscalerBridge>(name, pods, world));
  }
  return {keda, horizontal, bridge, machines, amazon};
}

Grid nomad_grid(const World& world) {
  Grid grid{.name = "Nomad target-value"};
  for (const double target : std::array{0.4, 0.5, 0.6, 0.7, 0.8}) {
    for (const int cooldown_s : std::array{60, 300}) {
      grid.members.push_back(contender<NomadTargetValue>(
          fmt::format("{:g}/{} s", target, cooldown_s),
          {.target_utilization = target, .cooldown = std::chrono::seconds{cooldown_s}}, world));
    }
  }
  return grid;
}

Grid steps_grid(const World& world) {
  Grid grid{.name = "step thresholds"};
  for (const double out : std::array{0.6, 0.7, 0.8}) {
    for (const double in : std::array{0.2, 0.4}) {
      for (const double step : std::array{0.3, 0.5}) {
        grid.members.push_back(
            contender<StepThresholds>(fmt::format("{:g}/{:g}/+{:g}", out, in, step),
                                      {.out_at = out, .in_below = in, .step_out = step}, world));
      }
    }
  }
  return grid;
}

/// What a user may set: the most that a late request may cost, or a fixed price of it.
Grid auto_grid(const World& world) {
  Grid grid{.name = "auto"};
  for (const double cap : std::array{30.0, 45.0, 60.0, 75.0, 120.0}) {
    AutoSettings settings{automatic(world)};
    settings.late_price_cap = cap;
    grid.members.push_back(contender<AutoPolicy>(fmt::format("cap {:g}", cap), settings, world));
  }
  for (const double price : std::array{15.0, 30.0, 60.0}) {
    AutoSettings settings{automatic(world)};
    settings.late_price = price;
    grid.members.push_back(
        contender<AutoPolicy>(fmt::format("price {:g}", price), settings, world));
  }
  return grid;
}

}  // namespace

std::vector<Contender> contenders(const World& world) {
  std::vector<Contender> all{ours(world)};
  const ClusterAutoscalerSettings machines{.pods = hpa(0.7)};
  all.push_back(
      contender<ClusterAutoscalerBridge>("HPA 0.7, VM autoscaler, ACI bridge", machines, world));
  all.push_back(contender<Keda>("KEDA 0.7", {.target_utilization = 0.7}, world));
  all.push_back(contender<Keda>("KEDA 0.5", {.target_utilization = 0.5}, world));
  all.push_back(contender<Hpa>("Kubernetes HPA, CPU 0.7", hpa(0.7), world));
  all.push_back(contender<NomadTargetValue>(
      "Nomad target-value 0.6, cooldown 60 s",
      {.target_utilization = 0.6, .cooldown = std::chrono::seconds{60}}, world));
  all.push_back(contender<ClusterAutoscaler>("HPA 0.7, VM autoscaler", machines, world));
  all.push_back(contender<StepThresholds>("step thresholds 0.8/0.4", {}, world));
  all.push_back(contender<AwsTargetTracking>("AWS target tracking 0.7", {}, world));
  all.push_back(peak_machines(world));
  return all;
}

bool is_ours(std::string_view name) {
  return name.starts_with("auto");
}

std::vector<Grid> grids(const World& world) {
  std::vector<Grid> all{by_target(world)};
  all.push_back(nomad_grid(world));
  all.push_back(steps_grid(world));
  all.push_back(auto_grid(world));
  return all;
}

std::vector<Contender> speed_contenders(const World& world) {
  std::vector<Contender> all{ours(world)};
  all.push_back(contender<Keda>("KEDA", {}, world));
  return all;
}

}  // namespace spillway::bench
