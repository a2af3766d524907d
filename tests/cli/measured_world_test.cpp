// The world of `backtest --world measured`: what of it is from the config, what from the journal,
// and that what nobody has measured is said.
#include "controller/cli/measured_world.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <string>
#include <variant>
#include <vector>

#include "controller/settings/load_config.hpp"

namespace spillway::cli::measured_world_test {
namespace {

using namespace std::chrono_literals;

settings::Config config_of(const std::string& policies) {
  auto loaded{settings::parse_config(R"(interval: 5s
metric_sources: {trace: {type: file, path: load.csv}}
clusters: {machines: {type: static_vms, count: 3, replicas_per_vm: 6}}
workloads:
  web:
    cluster: machines
    signals: {load: {query: value}}
    policies: )" + policies + R"(
    replica: {vcpu: 2, memory: 4 GB}
    limits: {max_burst: 17}
)",
                                     "spillway.yaml", settings::ProcessEnvironment{})};
  if (const auto* errors{std::get_if<std::vector<settings::ConfigError>>(&loaded)}) {
    FAIL(settings::to_string(*errors));
  }
  return std::get<settings::Config>(std::move(loaded));
}

/// Eighteen replicas on the cluster, and `burst` more, that complete 25 requests per second each.
JournalEntry entry(double utilization, int burst) {
  JournalEntry made{.workload = "web"};
  Snapshot& now{made.snapshot};
  now.readings.set("load", Reading::fresh(25.0 * utilization * (18 + burst), {}));
  now.readings.set("utilization", Reading::fresh(utilization, {}));
  now.fleet.base = BasePool{.ready = {18}};
  now.fleet.burst.emplace();
  now.fleet.burst->push_back(
      {.id = {"r"}, .phase = GroupPhase::serving, .size = {.replicas = {burst}}});
  now.start_times = {40s, 80s};
  now.replica_price = {usd(0.12)};
  return made;
}

TEST_CASE("what the config says and what the journal has measured make the world") {
  std::vector<JournalEntry> entries{};
  for (int i{0}; i < 20; ++i) entries.push_back(entry(0.05 * i, i % 4));
  const settings::Config config{
      config_of("[{type: auto, wait: 50ms, quantile: 99%, metric_delay: "
                "10s, vm: {replicas: 6, price: 0.4 USD/h}}]")};
  const MeasuredWorld found{measured_world(config, config.workloads.at("web"), entries)};
  const backtest::World& world{found.world};
  CHECK(world.load.scale == backtest::LoadWorld::Scale::as_is);
  CHECK(world.observed.interval == 5s);
  CHECK(world.observed.delay == 10s);
  CHECK(world.replica.slo_wait == 50ms);
  CHECK(world.replica.slo_quantile == doctest::Approx(0.99));
  CHECK(world.replica.capacity_rps == doctest::Approx(25.0));
  CHECK(world.cluster.replicas_per_vm == 6);
  CHECK(world.cluster.base_vms == 3);
  CHECK(world.cluster.vm_price.per_hour == usd(0.4));
  CHECK(world.burst.max_groups == 17);
  CHECK(backtest::burst_price(world.burst).per_hour.usd() == doctest::Approx(0.12));
  CHECK(seconds(backtest::start_times(world.burst).median) == doctest::Approx(40.0));
  CHECK(seconds(backtest::start_times(world.burst).p95) == doctest::Approx(80.0).epsilon(0.001));
  CHECK(fmt::format("{}", fmt::join(found.words, "\n")).find("reference") == std::string::npos);
}

TEST_CASE("an empty journal leaves the reference, and each figure says so") {
  const settings::Config config{
      config_of("[{type: schedule, windows: [{cron: '0 8 * * *', duration: 1h, replicas: 9}]}]")};
  const MeasuredWorld found{measured_world(config, config.workloads.at("web"), {})};
  const backtest::World reference{};
  CHECK(found.world.replica.capacity_rps == reference.replica.capacity_rps);
  CHECK(found.world.burst.start_median == reference.burst.start_median);
  CHECK(!found.world.cluster.base_vms.has_value());
  std::size_t guesses{0};
  for (const std::string& each : found.words) {
    if (each.find("reference") != std::string::npos) ++guesses;
  }
  CHECK(guesses == 5);
}

}  // namespace
}  // namespace spillway::cli::measured_world_test
