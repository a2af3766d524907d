#include "controller/cli/remarks.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "controller/cluster/kubernetes/settings.hpp"
#include "controller/cluster/static_vms/settings.hpp"
#include "controller/provider/aci/aci_settings.hpp"
#include "controller/settings/lone_policy.hpp"
#include "controller/traffic/endpoint_slice/settings.hpp"
#include "metrics/file/file_settings.hpp"
#include "tests/settings/fake_environment.hpp"

namespace spillway::cli::remarks_test {
namespace {

std::vector<std::string> remarks(const aci::AciSettings& provider) {
  settings::Config config{};
  config.has_provider = true;
  config.provider.settings = provider;
  return remarks_on(config);
}

aci::AciSettings in_region(const std::string& region) {
  aci::AciSettings settings{};
  settings.region = region;
  return settings;
}

TEST_CASE("a region that nobody knows is told with the one that was meant") {
  const auto typo{remarks(in_region("eastuss"))};
  REQUIRE(typo.size() == 1);
  CHECK(typo[0].find("region eastuss: not a region of Azure") == 0);
  CHECK(typo[0].find("did you mean \"eastus\"?") != std::string::npos);
  const auto strange{remarks(in_region("atlantis"))};
  REQUIRE(strange.size() == 1);
  CHECK(strange[0].find("did you mean") == std::string::npos);
}

TEST_CASE("a region whose price is a guess is told, once, and none whose price somebody knows") {
  CHECK(remarks(in_region("eastus")).empty());
  aci::AciSettings settings{in_region("westeurope")};
  settings.zones = {"1", "2"};
  const auto unpriced{remarks(settings)};
  REQUIRE(unpriced.size() == 1);
  CHECK(unpriced[0].find("region westeurope: its price is not known") == 0);
  settings.vcpu_price = HourlyPrice{usd(0.05)};
  CHECK(remarks(settings).empty());
}

TEST_CASE("a config without a provider has no regions to speak of") {
  CHECK(remarks_on(settings::Config{}).empty());
}

TEST_CASE("a count of replicas that reads like one of machines is told") {
  const auto told{[](std::optional<int> count, int per_vm) {
    settings::Config config{};
    static_vms::Settings vms{};
    vms.count = count;
    vms.replicas_per_vm = per_vm;
    config.clusters["machines"].settings = vms;
    const auto all{remarks_on(config)};
    return all.empty() ? std::string{} : all.front();
  }};
  CHECK(
      told(2, 4) ==
      "cluster machines: `count: 2` counts base replicas, not machines, and fills no whole number "
      "of machines of `replicas_per_vm: 4`; for 2 machines write `count: 8`");
  CHECK(told(8, 4).empty());
  CHECK(told(7, 1).empty());
  CHECK(told(0, 4).empty());
  CHECK(told(std::nullopt, 4).empty());
}

TEST_CASE("a probe beside a fixed count, which asks nobody, is told") {
  settings::Config config{};
  static_vms::Settings vms{};
  vms.count = 4;
  vms.probe.path = "/healthz";
  config.clusters["machines"].settings = vms;
  const auto all{remarks_on(config)};
  REQUIRE(all.size() == 1);
  CHECK(all[0].find("cluster machines: `probe` asks `addresses`") == 0);
}

TEST_CASE("an image whose name may move to another program is told") {
  const auto told{[](const std::string& image) {
    settings::Config config{};
    config.workloads["web"].replica.replica.image = image;
    const auto all{remarks_on(config)};
    return all.empty() ? std::string{} : all.front().substr(0, all.front().find(": what"));
  }};
  CHECK(told("shop.azurecr.io/web") ==
        "workload web: the image \"shop.azurecr.io/web\" has no tag, which means \"latest\"");
  CHECK(told("localhost/web:latest").find("is \"latest\"") != std::string::npos);
  CHECK(told("registry:5000/web").find("has no tag") != std::string::npos);
  CHECK(told("registry:5000/web:1.4").empty());
  CHECK(told("shop.azurecr.io/web@sha256:0123").empty());
  CHECK(told("").empty());
}

TEST_CASE("a query pasted from Grafana, or with single braces, is told") {
  const auto told{[](const std::string& query) {
    settings::Config config{};
    config.workloads["web"].signals["load"].query = query;
    const auto all{remarks_on(config)};
    return all.empty() ? std::string{} : all.front();
  }};
  CHECK(
      told("rate(a[$__rate_interval])").find("workload web: signal load: a variable of Grafana") ==
      0);
  CHECK(told("a{job=\"{workload}\"}") ==
        "workload web: signal load: {workload} is taken word by word; a placeholder is "
        "{{workload}}");
  CHECK(told("a{job=\"{{workload}}\"}").empty());
}

/// One workload with these policies, the drafts as the file has them.
settings::Config with_policies(const std::vector<std::string>& policies) {
  settings::Config config{};
  for (const std::string& each : policies) {
    auto draft{settings::parse_policy(each, "policy", settings::FakeEnvironment{})};
    auto* const read{std::get_if<std::shared_ptr<PolicyDraft>>(&draft)};
    REQUIRE(read != nullptr);
    config.workloads["web"].policies.push_back(*read);
  }
  return config;
}

TEST_CASE("a count of 4 may be meant as machines: check says how it is read") {
  settings::Config config{with_policies({"type: auto\nvm: {replicas: 4, price: 0.192 USD/h}\n"})};
  static_vms::Settings vms{};
  vms.count = 4;
  config.clusters["machines"].settings = vms;
  config.workloads["web"].cluster = "machines";
  CHECK(counts_as_read(config) ==
        std::vector<std::string>{"workload web: `count: 4` of the cluster machines is read as 4 "
                                 "base replicas on 1 machine of 4"});
  vms.count = 8;
  vms.replicas_per_vm = 4;
  config.clusters["machines"].settings = vms;
  CHECK(counts_as_read(config).front().ends_with("8 base replicas on 2 machines of 4"));
  config.workloads["web"].policies.clear();
  vms.replicas_per_vm = 1;
  config.clusters["machines"].settings = vms;
  CHECK(counts_as_read(config).empty());
}

TEST_CASE("check said ok of policies that only limit the count, and nothing ever scaled out") {
  const std::string budget{"type: budget\nper_day: 20 USD\n"};
  const std::string ceiling{"type: price_ceiling\nmax_price: 1 USD/h\n"};
  CHECK(remarks_on(with_policies({budget})) ==
        std::vector<std::string>{
            "workload web: no policy asks for replicas, budget only limits them: nothing ever "
            "scales out; add one such as `type: auto`"});
  const auto both{remarks_on(with_policies({budget, ceiling}))};
  REQUIRE(both.size() == 1);
  CHECK(both[0].find("budget and price_ceiling only limit them") != std::string::npos);
  CHECK(remarks_on(with_policies({budget, "type: auto\n"})).empty());
  CHECK(remarks_on(settings::Config{}).empty());
}

TEST_CASE("a budget's month that is below its day is told") {
  const auto told{[](const std::string& caps) {
    return remarks_on(with_policies({"type: auto\n", "type: budget\n" + caps}));
  }};
  CHECK(told("per_day: 20 USD\nper_month: 10 USD\n") ==
        std::vector<std::string>{"workload web: budget: per_month is below per_day, which so never "
                                 "caps anything; were they swapped?"});
  CHECK(told("per_hour: 3 USD\nper_day: 2 USD\n").size() == 1);
  CHECK(told("per_day: 20 USD\nper_month: 20 USD\n").empty());
  CHECK(told("per_hour: 1 USD\nper_day: 20 USD\nper_month: 100 USD\n").empty());
}

TEST_CASE(
    "check said ok of a recorded load that is not there and of a state directory that is a "
    "file") {
  settings::Config config{};
  config.state.directory = "/var/lib/spillway";
  config.metric_sources["trace"].settings = FileSettings{.path = "load.csv"};
  settings::FakeEnvironment environment{};
  CHECK(missing_to_run(config, environment) ==
        std::vector<std::string>{"metric_sources.trace.path: load.csv cannot be read here: No such "
                                 "file or directory"});
  environment.files = {{"load.csv", "t_s,value\n0,1\n"}};
  CHECK(missing_to_run(config, environment).empty());
  environment.files["/var/lib/spillway"] = "";
  CHECK(missing_to_run(config, environment) ==
        std::vector<std::string>{
            "`run` would refuse to start here: state.directory: /var/lib/spillway is a file"});
}

TEST_CASE("check of a config that observes says which login run would miss here") {
  settings::Config config{};
  config.has_provider = true;
  config.provider.settings = in_region("eastus");
  settings::FakeEnvironment environment{};
  const auto missing{missing_to_run(config, environment)};
  REQUIRE_FALSE(missing.empty());
  CHECK(missing[0].find("`run` would refuse to start here: provider: subscription is missing") ==
        0);
  environment.variables = {{"AZURE_SUBSCRIPTION_ID", "00000000-0000-0000-0000-000000000000"},
                           {"AZURE_TENANT_ID", "11111111-1111-1111-1111-111111111111"},
                           {"AZURE_CLIENT_ID", "22222222-2222-2222-2222-222222222222"},
                           {"AZURE_CLIENT_SECRET", "secret"}};
  CHECK(missing_to_run(config, environment).empty());
  CHECK(missing_to_run({}, settings::FakeEnvironment{}).empty());
}

TEST_CASE("check said ok of slices without a way to the API server, and run refused to start") {
  settings::Config config{};
  kubernetes::ClusterSettings cluster{};
  cluster.connection.server = "http://127.0.0.1:1";
  config.clusters["k8s"].settings = cluster;
  config.traffic["service"].settings = endpoint_slice::Settings{};
  const settings::FakeEnvironment nowhere{};
  const auto missing{missing_to_run(config, nowhere)};
  REQUIRE(missing.size() == 1);
  CHECK(missing[0].find("`run` would refuse to start here: traffic.service.connection: no way to "
                        "the API server") == 0);
  CHECK(missing[0].find("; that of clusters.k8s counts for it alone: write it here too") !=
        std::string::npos);

  config.traffic["service"].settings = endpoint_slice::Settings{.connection = cluster.connection};
  CHECK(missing_to_run(config, nowhere).empty());

  config.clusters["k8s"].settings = kubernetes::ClusterSettings{};
  config.has_virtual_node = true;
  config.virtual_node.connection.kubeconfig = "/nowhere/kubeconfig";
  const auto others{missing_to_run(config, nowhere)};
  REQUIRE(others.size() == 2);
  CHECK(others[0].find("clusters.k8s.connection: no way") != std::string::npos);
  CHECK(others[1].find("virtual_node.connection: ") != std::string::npos);
  CHECK(others[1].find("/nowhere/kubeconfig") != std::string::npos);
}

}  // namespace
}  // namespace spillway::cli::remarks_test
