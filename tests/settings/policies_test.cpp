// What a config may say about policies: every type with its settings, its mistakes, and what it
// names outside the config.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include "controller/settings/document.hpp"
#include "controller/settings/load_config.hpp"
#include "policies/registry.hpp"
#include "tests/settings/fake_environment.hpp"
#include "tests/settings/policy_config.hpp"
#include "tests/support/printing.hpp"
#include "tests/support/skip.hpp"

namespace spillway::policies_test {

using namespace spillway::settings;
using testing::config_with;
using testing::errors_of;

namespace {

std::string errors_of(const std::string& policies, const Environment& environment) {
  return testing::errors_of(parse_config(config_with(policies), "spillway.yaml", environment));
}

const std::string root{SPILLWAY_SOURCE_ROOT};

}  // namespace

TEST_CASE("every type has a commented example in the full config that is valid when uncommented") {
  const auto text{ProcessEnvironment{}.read_file(root + "/config/spillway.yaml", 1U << 20U)};
  REQUIRE(text.has_value());
  std::vector<std::string> types{};
  std::istringstream lines{*text};
  for (std::string line; std::getline(lines, line);) {
    const std::string start{"      # - "};
    if (!line.starts_with(start)) continue;
    const std::string policy{line.substr(start.size())};
    CAPTURE(policy);
    const std::string errors{errors_of(
        parse_config(config_with(policy), root + "/config/spillway.yaml", ProcessEnvironment{}))};
    if (errors.find("there is no time zone") == errors.npos) CHECK(errors == "");
    const std::size_t type{policy.find("type: ") + 6};
    types.push_back(policy.substr(type, policy.find_first_of(",}", type) - type));
  }
  for (const std::string_view type : policy_types()) {
    CAPTURE(type);
    if (draft_policy(type)->help().starts_with("Baseline")) continue;  // for backtests
    const bool is_shown{text->find("- type: " + std::string{type}) != text->npos};
    CHECK((is_shown || std::ranges::count(types, type) == 1));
  }
}

TEST_CASE("mistakes in policies are told with their place, the range and a suggestion") {
  struct Row {
    std::string policy;
    std::string error;
  };
  const std::vector<Row> rows{
      {"{type: slo_latancy}",
       "13:16: workloads.web.policies[0].type: there is no type \"slo_latancy\", did you mean "
       "\"slo_latency\"?"},
      {"{type: slo_latency, wiat: 200ms}", "did you mean \"wait\"?"},
      {"{type: slo_latency, within: 100%}", "expected"},
      {"{type: slo_latency, learn_from: latancy}", "did you mean \"latency\"?"},
      {"{type: queue_backlog, drian_time: 5m}", "did you mean \"drain_time\"?"},
      {"{type: surge, entr_at: 2}", "did you mean \"enter_at\"?"},
      {"{type: surge, short_window: 2m}", "short_window must be shorter than long_window"},
      {"{type: forecast, seasno: 24h}", "did you mean \"season\"?"},
      {"{type: forecast, slot: 7m}", "season must be a multiple of slot"},
      {"{type: forecast, slot: 1m, seasons: 4}",
       "season / slot * (seasons + 1) must not exceed 2500: take longer slots or fewer seasons"},
      {"{type: schedule}", "workloads.web.policies[0].windows: required"},
      {"{type: schedule, windows: [{cron: 0 8 * *, replicas: 5}]}",
       "\"0 8 * *\" is not valid; expected five fields (minute hour day month weekday) such as 0 8 "
       "* * mon-fri, on days that exist"},
      {"{type: schedule, windows: [{cron: 0 8 31 2 *, replicas: 5}]}",
       "\"0 8 31 2 *\" is not valid; expected five fields"},
      {"{type: schedule, windows: [{cron: 0 8 * * *, replicas: 5, time_zone: ../passwd}]}",
       "expected a name such as Europe/Berlin or UTC"},
      {"{type: schedule, windows: [{crom: 0 8 * * *, replicas: 5}]}", "did you mean \"cron\"?"},
      {"{type: budget}", "a budget needs per_hour, per_day or per_month"},
      {"{type: budget, per_dya: 20 USD}", "did you mean \"per_day\"?"},
      {"{type: budget, per_day: 20 EUR}", "20 EUR"},
      {"{type: budget, per_day: 20 USD, when_spent: kep}", "did you mean \"keep\"?"},
      {"{type: marginal_value}", "needs per_1000_late, the price of late requests, above zero"},
      {"{type: marginal_value, per_1000_lat: 1 USD}", "did you mean \"per_1000_late\"?"},
      {"{type: price_ceiling}", "needs max_price or max_rent"},
      {"{type: price_ceiling, max_pric: 1 USD/h}", "did you mean \"max_price\"?"},
      {"{type: rent_or_buy}", "needs vm_price above zero"},
      {"{type: rent_or_buy, vm_prise: 1 USD/h}", "did you mean \"vm_price\"?"},
      {"{type: rent_or_buy, vm_price: 1 USD/h, max_vms: 65}",
       "expected a whole number from 1 to 64"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.policy);
    const std::string errors{errors_of(row.policy, FakeEnvironment{})};
    CAPTURE(errors);
    CHECK(errors.find(row.error) != errors.npos);
    CHECK(errors.starts_with("spillway.yaml:13:"));
  }
}

TEST_CASE("a time zone is read when the config is, from TZDIR if it is set") {
  const std::string policy{
      "{type: schedule, windows: [{cron: 0 8 * * *, replicas: 5}, "
      "{cron: 0 8 * * *, replicas: 5, time_zone: Europe/Berlin}]}"};
  FakeEnvironment environment{};
  CHECK(errors_of(policy, environment) ==
        "spillway.yaml:13:99: workloads.web.policies[0].windows[1].time_zone: there is no time "
        "zone \"Europe/Berlin\" (/usr/share/zoneinfo/Europe/Berlin: No such file or directory); "
        "expected a name such as Europe/Berlin\n");
  environment.variables["TZDIR"] = "/zones";
  environment.files["/zones/Europe/Berlin"] = "no zone";
  CHECK(errors_of(policy, environment) ==
        "spillway.yaml:13:99: workloads.web.policies[0].windows[1].time_zone: the file of the time "
        "zone Europe/Berlin is no TZif file\n");

  const auto zone{ProcessEnvironment{}.read_file("/usr/share/zoneinfo/Europe/Berlin", 1U << 16U)};
  if (!zone) return testing::skip_test("no time zone database on this machine");
  environment.files["/zones/Europe/Berlin"] = *zone;
  const LoadedConfig loaded{parse_config(config_with(policy), "spillway.yaml", environment)};
  REQUIRE(errors_of(loaded) == "");
  const auto decision{decision_policy(std::get<Config>(loaded).workloads.at("web"))};
  Snapshot summer{.taken_at = std::chrono::sys_days{std::chrono::year{2026} / 7 / 1} +
                              std::chrono::hours{6}};
  CHECK(decision.policies.front()->recommend(summer, {}).floor->count == 5);
  summer.taken_at -= std::chrono::milliseconds{1};
  CHECK(decision.policies.front()->recommend(summer, {}).floor->count == 0);
}

TEST_CASE("limits that workloads share, and their weights, are read") {
  const std::string text{
      config_with("{type: slo_latency}") +
      "    allocation_weight: 3\nallocator: {max_burst: 50, max_rent: 4 USD/h}\n"};
  const LoadedConfig loaded{parse_config(text, "spillway.yaml", FakeEnvironment{})};
  REQUIRE(errors_of(loaded) == "");
  const Config& config{std::get<Config>(loaded)};
  CHECK(config.allocator.max_burst == 50);
  CHECK(config.allocator.max_rent->per_hour == usd(4.0));
  CHECK(config.workloads.at("web").allocation_weight == 3.0);
}

// --- scripts ------------------------------------------------------------------------------------

TEST_CASE("a script is read beside the config, and its faults are told in the script") {
  FakeEnvironment environment{};
  const std::string policy{"{type: lua, file: policies/mine.lua, reads: [load]}"};
  CHECK(errors_of(policy, environment) ==
        "spillway.yaml:13:21: workloads.web.policies[0].file: cannot read \"policies/mine.lua\": "
        "No such file or directory\n");
  environment.files["policies/mine.lua"] = "function recommend(now)\n  return return\nend\n";
  CHECK(errors_of(policy, environment) ==
        "policies/mine.lua:2:1: workloads.web.policies[0].file: script: unexpected symbol "
        "near 'return'\n");
  environment.files["policies/mine.lua"] = "x = 1";
  CHECK(errors_of(policy, environment) ==
        "spillway.yaml:13:21: workloads.web.policies[0].file: script: has no function named "
        "recommend\n");
  environment.files["policies/mine.lua"] = "function recommend(now) return {floor = 7} end";
  const LoadedConfig loaded{parse_config(config_with(policy), "spillway.yaml", environment)};
  REQUIRE(errors_of(loaded) == "");
  const auto decision{decision_policy(std::get<Config>(loaded).workloads.at("web"))};
  CHECK(decision.policies.front()->name() == "lua:mine");
  CHECK(decision.policies.front()->recommend({}, {}).floor->count == 7);
}

TEST_CASE("mistakes about scripts are told like others") {
  FakeEnvironment environment{};
  environment.files["a.lua"] = environment.files["b/a.lua"] = "function recommend() return {} end";
  CHECK(errors_of("{type: lua}", environment).find("needs file or source") != std::string::npos);
  CHECK(errors_of("{type: lua, flie: a.lua}", environment).find("did you mean \"file\"?") !=
        std::string::npos);
  CHECK(errors_of("{type: lua, source: x = 1}", environment)
            .find("expected a script with a function recommend") != std::string::npos);
  CHECK(errors_of("{type: lua, file: a.lua, reads: [laod]}", environment)
            .find("reads the signal \"laod\"") != std::string::npos);
  CHECK(errors_of("{type: lua, file: a.lua}\n      - {type: lua, file: b/a.lua}", environment)
            .find("there is a policy \"lua:a\" already; scripts are told apart by the names of "
                  "their files") != std::string::npos);
  environment.files["b/c.lua"] = environment.files["a.lua"];
  CHECK(errors_of("{type: lua, file: a.lua}\n      - {type: lua, file: b/c.lua}", environment) ==
        "");
}

TEST_CASE("the effective config holds the script, so that a journal can be replayed without it") {
  FakeEnvironment environment{};
  environment.files["mine.lua"] =
      "-- seven, \"always\": $HOME ${X}\nfunction recommend(now)\n\treturn {floor = 7}\nend\n";
  const LoadedConfig loaded{
      parse_config(config_with("{type: lua, file: mine.lua}"), "spillway.yaml", environment)};
  REQUIRE(errors_of(loaded) == "");
  const std::string text{effective_yaml(std::get<Config>(loaded).workloads.at("web"))};
  const auto again{parse_workload(text, "settings", FakeEnvironment{})};
  REQUIRE(std::holds_alternative<WorkloadConfig>(again));
  const auto decision{decision_policy(std::get<WorkloadConfig>(again))};
  CHECK(decision.policies.front()->name() == "lua:mine");
  CHECK(decision.policies.front()->recommend({}, {}).floor->count == 7);
  CHECK(effective_yaml(std::get<WorkloadConfig>(again)) == text);
}

// --- the window of a scale-in -------------------------------------------------------------------

TEST_CASE("what waits by itself is not made to wait twice unless somebody asks for it") {
  const auto window_of{[](const std::string& policy, const std::string& behavior) {
    const LoadedConfig loaded{
        parse_config(config_with(policy) + behavior, "spillway.yaml", FakeEnvironment{})};
    REQUIRE(errors_of(loaded) == "");
    const WorkloadConfig& web{std::get<Config>(loaded).workloads.at("web")};
    return decision_policy(web).behavior.scale_in.stabilization_window;
  }};
  const std::string five{"    behavior: {scale_in: {stabilization_window: 5m}}\n"};
  CHECK(window_of("{type: auto}", "") == Duration::zero());
  CHECK(window_of("{type: auto}", five) == std::chrono::minutes{5});
  // Other autoscalers bring their own waits: a backtest of `hpa` in a config is that of `hpa`.
  for (const char* type : {"hpa", "keda", "nomad_target_value", "aws_target_tracking",
                           "cluster_autoscaler", "cluster_autoscaler_bridge", "step_thresholds"}) {
    CAPTURE(type);
    CHECK(window_of(fmt::format("{{type: {}}}", type), "") == Duration::zero());
  }
  CHECK(window_of("{type: auto}\n      - {type: budget, per_day: 10 USD}", "") == Duration::zero());
  // One that waits does not take the window from one that does not.
  CHECK(window_of("{type: target_utilization, replica_capacity: 10/s}\n"
                  "      - {type: nomad_target_value}",
                  "") == std::chrono::minutes{2});
  CHECK(window_of("{type: slo_latency}", "") == std::chrono::minutes{2});
  CHECK(window_of("{type: slo_latency}", five) == std::chrono::minutes{5});
}

// --- how many replicas a machine holds -----------------------------------------------------------

TEST_CASE("a policy that counts machines by another size than the cluster has is an error") {
  const auto errors{[](const std::string& policy, const std::string& vms, int per_vm) {
    std::string text{config_with(policy) + vms};
    const std::string cluster{"{type: static_vms, addresses: [10.0.0.1:8080]"};
    text.insert(text.find(cluster) + cluster.size(),
                ", replicas_per_vm: " + std::to_string(per_vm));
    return errors_of(parse_config(text, "spillway.yaml", FakeEnvironment{}));
  }};
  CHECK(errors("{type: auto, vm: {replicas: 6}}", "", 4) ==
        "spillway.yaml:13:27: workloads.web.policies[0].vm.replicas: is 6; expected 4, as "
        "\"replicas_per_vm\" of the cluster \"vms\" says\n");
  CHECK(errors("{type: rent_or_buy, vm_price: 0.2 USD/h, replicas_per_vm: 6}", "", 4)
            .find("workloads.web.policies[0].replicas_per_vm: is 6; expected 4") !=
        std::string::npos);
  CHECK(errors("{type: auto, vm: {replicas: 4}}", "", 4) == "");
  CHECK(errors("{type: auto}", "", 4) == "");                     // asks for no machines
  CHECK(errors("{type: auto, vm: {replicas: 6}}", "", 1) == "");  // the default says nothing
}

// --- the shadow ---------------------------------------------------------------------------------

TEST_CASE("a shadow has policies of its own, with the workload's limits") {
  const std::string text{config_with("{type: slo_latency}") + R"(    limits: {max_burst: 7}
    shadow:
      policies:
        - {type: surge}
        - {type: budget, per_day: 5 USD}
      behavior: {scale_in: {stabilization_window: 5m}}
)"};
  const LoadedConfig loaded{parse_config(text, "spillway.yaml", FakeEnvironment{})};
  REQUIRE(errors_of(loaded) == "");
  const WorkloadConfig& web{std::get<Config>(loaded).workloads.at("web")};
  const auto shadow{shadow_policy(web)};
  REQUIRE(shadow.has_value());
  REQUIRE(shadow->policies.size() == 2);
  CHECK(shadow->policies[1]->name() == "budget");
  CHECK(shadow->limits.max_burst == 7);
  CHECK(shadow->behavior.scale_in.stabilization_window == std::chrono::minutes{5});
  const auto again{parse_workload(effective_yaml(web), "settings", FakeEnvironment{})};
  REQUIRE(std::holds_alternative<WorkloadConfig>(again));
  CHECK(shadow_policy(std::get<WorkloadConfig>(again))->policies.size() == 2);
}

TEST_CASE("mistakes in a shadow are told at their place") {
  const auto errors{[](const std::string& shadow) {
    return errors_of(parse_config(config_with("{type: slo_latency}") + "    shadow:\n" + shadow,
                                  "spillway.yaml", FakeEnvironment{}));
  }};
  CHECK(errors("      policies: [{type: surge, entr_at: 2}]\n")
            .find("workloads.web.shadow.policies[0].entr_at") != std::string::npos);
  CHECK(errors("      policies: [{type: surge}, {type: surge}]\n") ==
        "spillway.yaml:15:34: workloads.web.shadow.policies[1].type: there is a policy of type "
        "\"surge\" already; one of each type is allowed\n");
  CHECK(errors("      policies: [{type: queue_backlog, signal: depth}]\n")
            .find("reads the signal \"depth\"") != std::string::npos);
  CHECK(errors("      wait: 1s\n").find("workloads.web.shadow.policies: required") !=
        std::string::npos);
}

}  // namespace spillway::policies_test
