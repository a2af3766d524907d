#include "controller/settings/cross_checks.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "policies/registry.hpp"
#include "tests/settings/usual_config.hpp"

namespace spillway::cross_checks_test {

using namespace spillway::settings;
using namespace spillway::usual_config;

namespace {

std::string all_policy_types() {
  std::string all{};
  for (const std::string_view type : policy_types()) {
    all += (all.empty() ? "" : ", ") + std::string{type};
  }
  return all;
}

}  // namespace

TEST_CASE("a query of HAProxy's statistics that cannot be read is told, with its place") {
  const std::string stats{replaced(usual, "{type: prometheus, urls: [http://127.0.0.1:9090]}",
                                   "{type: haproxy, addresses: [127.0.0.1:9999]}")};
  const auto with{[&](const std::string& query) {
    return errors_of(replaced(stats, R"(sum(rate(x{app="{{workload}}"}[15s])))", query));
  }};
  CHECK(with("backend/{{workload}} rate(stot)") == "");
  CHECK(with("backend/web rat(stot)").find("workloads.web.signals.load.query: ") !=
        std::string::npos);
}

TEST_CASE("what no single setting can know is checked across the config") {
  struct Row {
    std::string from;
    std::string to;
    std::string error;
  };
  const std::vector<Row> rows{
      {"cluster: vms", "cluster: vmz",
       "15:5: workloads.web.cluster: there is no cluster \"vmz\"; did you mean \"vms\"?"},
      {"cluster: vms", "cluster: k8s",
       "15:5: workloads.web.cluster: there is no cluster \"k8s\"; \"clusters\" has vms"},
      {"traffic: [lb]", "traffic: [lb, sd]",
       "22:19: workloads.web.traffic[1]: there is no traffic \"sd\"; \"traffic\" has lb"},
      {"traffic: [lb]", "traffic: [lb, lb]",
       "22:19: workloads.web.traffic[1]: \"lb\" is listed twice"},
      {"{query:", "{source: prometheus, query:",
       "17:14: workloads.web.signals.load.source: there is no metric source \"prometheus\"; did "
       "you mean \"prom\"?"},
      {"{query:", "{stale_after: 1s, query:",
       "17:14: workloads.web.signals.load.stale_after: 1s is shorter than the interval of 5s: a "
       "reading would be too old before the next one; expected at least 5s"},
      {"{{workload}}", "{{team}}",
       "17:14: workloads.web.signals.load.query: uses {{team}}, but the workload has no label "
       "\"team\"; add it to \"labels\""},
      {"owner: test\n", "owner: test\nvirtual_node: {open_for: [wbe]}\n",
       "3:27: virtual_node.open_for[0]: there is no workload \"wbe\"; did you mean \"web\"?"},
      {"owner: test\n", "owner: test\nstate: {directory: ~/state}\n",
       "3:9: state.directory: \"~/state\" would be a directory named \"~\": only shells put your "
       "home "
       "there; write the whole path, or ${HOME}/state"},
      {"region: eastus", "region: eastus\n  zones: [\"9\"]",
       "9:11: provider.zones[0]: \"9\" is not valid; expected a zone's number: 1, 2 or 3"},
      {"region: eastus", "region: eastus\n  subscription: my-subscription",
       "9:17: provider.subscription: \"my-subscription\" is not valid; expected a subscription id "
       "such as 00000000-0000-0000-0000-000000000000"},
      {"image: example/web,", "image: 'example/web:',",
       "18:15: workloads.web.replica.image: ends with \":\" and no tag; write one after it, or "
       "leave the \":\" out"},
      {"mode: act\nowner: test\n", "",
       "1:1: owner: required with a \"provider\", whose groups are ours by it; expected a name for "
       "this controller, such as my-cluster"},
      {"owner: test\n", "",
       "1:1: owner: required in mode \"act\"; expected a name for this "
       "controller, such as my-cluster"},
      {"image: example/web, ", "",
       "18:5: workloads.web.replica.image: required in mode \"act\"; expected the container image "
       "of a burst replica"},
      {"port: 8080}", "port: 9999}",
       "18:35: workloads.web.replica.port: Azure Container Instances keeps port 9999 for itself "
       "(reserved: 22, 1025-1027, 3389-3399, 9999, 19000, 19080, 19100, 19390, 20000-30000, "
       "49152-65534)"},
      {"port: 8080}", "port: 8080, env: {A-B: x}}",
       "18:53: workloads.web.replica.env.A-B: Azure allows 1 to 63 letters, digits and underscores "
       "here, no underscore first or last"},
      {"port: 8080}", "port: 8080, sidecars: [{name: a--b, image: x}]}",
       "18:59: workloads.web.replica.sidecars[0].name: should be 1 to 63 lower case letters, "
       "digits and single hyphens, no hyphen first or last"},
      {"port: 8080}", "port: 8080, gpus: 1}",
       "18:47: workloads.web.replica.gpus: Azure retired GPU container groups on 2025-07-14: use a "
       "VM scale set for GPU work"},
      {"port: 8080}", "port: 8080, mounts: [{volume: cache, path: /c}]}",
       "18:57: workloads.web.replica.mounts[0].volume: there is no volume \"cache\"; add it to "
       "\"volumes\""},
      {"port: 8080}", "port: 8080, restart: never, liveness: {path: /}}",
       "18:63: workloads.web.replica.liveness: has no effect with \"restart: never\": Azure "
       "restarts nothing then; leave it out, our own \"probe\" replaces a replica that fails"},
      {"  web:\n", "  Web:\n",
       "14:3: workloads.Web: a workload's name must have 1 to 40 lower case letters, digits or "
       "single hyphens and begin with a letter: it becomes part of tags, labels and host names"},
      {"mode: act\n", "mode: act\napi: {listen: '0.0.0.0:9900', token: x}\n",
       "2:7: api.listen: \"0.0.0.0:9900\" can be reached from other machines, which needs TLS and "
       "a "
       "token; missing in \"api\": tls_certificate, tls_key"},
      {"mode: act\n", "mode: act\napi: {tls_key: x}\n",
       "2:1: api: tls_certificate and tls_key belong together: set both or none"},
      {"mode: act\n", "mode: act\nstate: {directory: \"\"}\n",
       "2:9: state.directory: is empty; expected a directory that survives a restart"},
      {"    policies:\n",
       "    policies:\n      - {type: target_utilization, replica_capacity: 5/s}\n",
       "21:9: workloads.web.policies[1].type: there is a policy of type \"target_utilization\" "
       "already; one of each type is allowed"},
      {"    policies:\n",
       "    trust: {fallback_replicas: 5}\n    limits: {max_total: 4}\n    policies:\n",
       "19:13: workloads.web.trust.fallback_replicas: 5 can never be reached: limits.max_total is "
       "4"},
      {"        replica_capacity: 10/s\n", "        target_utilisation: 70%\n",
       "21:9: workloads.web.policies[0].target_utilisation: unknown key; did you mean "
       "\"target_utilization\"?"},
      {"        replica_capacity: 10/s\n", "        target_utilization: 70\n",
       "21:29: workloads.web.policies[0].target_utilization: \"70\" is out of range, did you mean "
       "70%?; expected a share from 5% to 100%, such as 70% or 0.7"},
      {"- type: target_utilization", "- type: target_utilisation",
       "20:15: workloads.web.policies[0].type: there is no type \"target_utilisation\", did you "
       "mean "
       "\"target_utilization\"?; expected one of " +
           all_policy_types()},
      {"    policies:\n", "    image: x\n    policies:\n",
       "19:5: workloads.web.image: unknown key; it belongs into the section \"replica\""},
      {"traffic:\n  lb", "alloc: {}\ntraffic:\n  lb",
       "9:1: alloc: unknown key; did you mean \"allocator\"?"},
      {"traffic:\n  lb", "shared: []\ntraffic:\n  lb",
       "9:1: shared: unknown key; did you mean \"shared_queries\"?"},
      {"traffic:\n  lb", "metrics: {}\ntraffic:\n  lb",
       "9:1: metrics: unknown key; did you mean \"metric_sources\"?"},
      {"mode: act", "mode: acts",
       "1:7: mode: \"acts\" is not one of observe, act; did you mean "
       "\"act\"?"},
      {"mode: act\n", "mode: act\ninterval: 5\n",
       "2:11: interval: \"5\" has no unit; expected a duration from 1s to 1m, such as 30s"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.to);
    CHECK(errors_of(replaced(usual, row.from, row.to)) == "spillway.yaml:" + row.error + "\n");
  }
}

TEST_CASE("a misspelt section is one mistake, not one more for everything that needs it") {
  for (const auto& section :
       std::vector<std::pair<std::string, std::string>>{{"owner", "ownr"},
                                                        {"metric_sources", "metrics"},
                                                        {"provider", "proivder"},
                                                        {"traffic", "trafic"},
                                                        {"clusters", "cluster"},
                                                        {"workloads", "workload"}}) {
    const std::string& key{section.first};
    const std::string& typo{section.second};
    CAPTURE(typo);
    const std::string errors{errors_of(replaced(usual, "\n" + key + ":", "\n" + typo + ":"))};
    CAPTURE(errors);
    CHECK(errors.find(": " + typo + ": unknown key; did you mean \"" + key + "\"?\n") !=
          std::string::npos);
    CHECK(errors.find('\n') == errors.size() - 1);  // one error
  }
}

TEST_CASE("what a standby pool cannot have is an error at its line, and only with a pool") {
  const std::string identity{
      "/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/"
      "userAssignedIdentities/web"};
  struct Row {
    std::string key;    ///< below `replica`
    std::string where;  ///< of the error
  };
  for (const Row& row : {Row{"identities: [" + identity + "]", "workloads.web.replica.identities"},
                         Row{"system_identity: true", "workloads.web.replica.system_identity"},
                         Row{"registry: {server: r.azurecr.io, identity: " + identity + "}",
                             "workloads.web.replica.registry.identity"},
                         Row{"dns_label: shop", "workloads.web.replica.dns_label"}}) {
    CAPTURE(row.where);
    const std::string cold{
        replaced(usual, "replica: {image: example/web, port: 8080}",
                 "replica:\n      image: example/web\n      port: 8080\n      " + row.key)};
    CHECK(errors_of(cold) == "");
    for (const char* pool : {"{size: 2}", "{sizing: auto}"}) {
      const std::string warm{
          replaced(cold, "    traffic: [lb]\n",
                   "    traffic: [lb]\n    standby: " + std::string{pool} + "\n")};
      const std::string errors{errors_of(warm)};
      CAPTURE(errors);
      CHECK(errors.starts_with("spillway.yaml:21:"));
      CHECK(errors.find(": " + row.where + ": ") != std::string::npos);
      CHECK(errors.find('\n') == errors.size() - 1);  // one error
    }
  }
}

TEST_CASE("a probe over TLS needs a path to ask for") {
  CHECK(errors_of(replaced(usual, "port: 8080}",
                           "port: 8080, probe: {http: /healthz, https: true}}")) == "");
  CHECK(errors_of(replaced(usual, "port: 8080}", "port: 8080, probe: {https: true}}"))
            .find("https needs `http`") != std::string::npos);
}

TEST_CASE("a metric of what workers have in hand is for workers, and asks a source that exists") {
  const auto busy{[](std::string_view more) {
    return replaced(usual, "port: 8080}",
                    "port: 8080, busy: {query: 'sum by (instance) (jobs{app=\"{{workload}}\"})'" +
                        std::string{more} + "}}");
  }};
  CHECK(errors_of(busy("")).find(": workloads.web.replica.busy: is for workers, and this workload "
                                 "has \"traffic\"") != std::string::npos);
  const auto worker{
      [&](std::string_view more) { return replaced(busy(more), "    traffic: [lb]\n", ""); }};
  CHECK(errors_of(worker("")) == "");
  CHECK(errors_of(worker(", label: pod, lag: 1m")) == "");
  CHECK(errors_of(worker(", source: prm"))
            .find(": workloads.web.replica.busy.source: there is no metric source \"prm\"; did you "
                  "mean \"prom\"?") != std::string::npos);
  CHECK(errors_of(worker(", stale_after: 1s")).find("replica.busy.stale_after") !=
        std::string::npos);
  CHECK(errors_of(replaced(worker(""), "{{workload}}\"})'", "{{team}}\"})'"))
            .find("workloads.web.replica.busy.query: uses {{team}}") != std::string::npos);
  CHECK(errors_of(worker(", lable: pod")).find("did you mean \"label\"?") != std::string::npos);
}

TEST_CASE("Spot alone serves no balancer and fills no pool, and a subnet is in one region") {
  const std::string spot{replaced(usual, "  region: eastus\n",
                                  "  places:\n    - {region: westeurope, priority: spot}\n")};
  CHECK(errors_of(spot).starts_with("spillway.yaml:23:5: workloads.web.traffic: every place"));
  const std::string worker{replaced(spot, "    traffic: [lb]\n", "")};
  CHECK(errors_of(worker) == "");
  CHECK(errors_of(replaced(worker, "port: 8080}", "port: 8080, idle: /idle}"))
            .find(": workloads.web.replica.idle: every place of the provider is Spot") !=
        std::string::npos);
  CHECK(errors_of(worker + "    standby: {size: 1}\n")
            .starts_with("spillway.yaml:23:5: workloads.web.standby: every place"));
  const std::string both{
      replaced(spot, "priority: spot}\n", "priority: spot}\n    - {region: eastus}\n")};
  CHECK(errors_of(both) == "");

  const std::string subnet{
      "subnet_id: /subscriptions/s/resourceGroups/g/providers/Microsoft.Network/"
      "virtualNetworks/v/subnets/n"};
  const std::string inside{replaced(usual, "port: 8080}", "port: 8080, " + subnet + "}")};
  CHECK(errors_of(inside) == "");
  const std::string two{replaced(inside, "  region: eastus\n",
                                 "  places:\n    - {region: eastus}\n    - {region: westus}\n")};
  CHECK(errors_of(two).find("workloads.web.replica.subnet_id: a subnet is in one region") !=
        std::string::npos);
  CHECK(errors_of(replaced(two, "{region: westus}", "{region: westus, " + subnet + "}")) == "");
}

TEST_CASE("mode act says which Azure credentials are missing, in the file and the environment") {
  FakeEnvironment half{};
  half.variables = {{"AZURE_TENANT_ID", "11111111-1111-1111-1111-111111111111"},
                    {"AZURE_TOKEN_CREDENTIALS", "EnvironmentCredential"}};
  const std::string errors{errors_of(usual, half)};
  CHECK(errors.find("AZURE_SUBSCRIPTION_ID") != errors.npos);
  CHECK(errors.find("AZURE_CLIENT_SECRET") != errors.npos);
  CHECK(errors.starts_with("spillway.yaml:5:1: provider: "));
}

TEST_CASE("a subscription's name in AZURE_SUBSCRIPTION_ID was found out by Azure alone") {
  FakeEnvironment named{azure()};
  named.variables["AZURE_SUBSCRIPTION_ID"] = "my-subscription";
  const std::string wrong{
      "spillway.yaml:5:1: provider.subscription: AZURE_SUBSCRIPTION_ID in the environment: "
      "\"my-subscription\" is not valid; expected a subscription id such as "
      "00000000-0000-0000-0000-000000000000\n"};
  CHECK(errors_of(usual, named) == wrong);
  CHECK(errors_of(replaced(usual, "mode: act", "mode: observe"), named) == wrong);
  // The setting wins, and what it leaves out is somebody else's business if nobody set it.
  const std::string own{replaced(usual, "region: eastus",
                                 "region: eastus\n  subscription: "
                                 "00000000-0000-0000-0000-000000000000")};
  CHECK(errors_of(own, named) == "");
  named.variables["AZURE_SUBSCRIPTION_ID"] = "";
  CHECK(errors_of(replaced(usual, "mode: act", "mode: observe"), named) == "");
}

TEST_CASE("a reference is not blamed for the broken section that it refers to") {
  CHECK(
      errors_of(replaced(usual, "clusters:\n  vms: {type: static_vms, addresses: [10.0.0.1:8080]}",
                         "clusters: [vms]\n")) ==
      "spillway.yaml:11:11: clusters: found a list; expected a section of names, each with a "
      "section of its own\n");
}

TEST_CASE("a signal must name its source where there are several") {
  CHECK(errors_of(
            replaced(usual, "provider:\n",
                     "  two: {type: prometheus, urls: [http://127.0.0.1:9091]}\nprovider:\n")) ==
        "spillway.yaml:18:7: workloads.web.signals.load.source: which source? \"metric_sources\" "
        "has prom, two\n");
}

TEST_CASE("two workloads cannot share a service, nor a backend of one workload") {
  const std::string two{usual +
                        "  shop:\n    cluster: vms\n    service: web\n    policies: [{type: "
                        "saturation, signal: load}]\n    signals: {load: {query: x}}\n    replica: "
                        "{image: x}\n    traffic: [lb]\n"};
  CHECK(errors_of(two) ==
        "spillway.yaml:14:3: workloads.web.service: the workload \"shop\" already looks after "
        "\"web\" on this cluster\n"
        "spillway.yaml:22:15: workloads.web.traffic[0]: the backend \"web\" already serves the "
        "workload \"shop\"; write \"{{workload}}\" into traffic.lb.backend, or add a section for "
        "each workload\n");
}

TEST_CASE("a template file without {{workload}} serves one workload, as a backend does") {
  const std::string lb{"{type: haproxy, sockets: [127.0.0.1:9999], backend: web}"};
  const std::string file{"{type: template_file, template: /etc/t, file: /etc/web.conf}"};
  const std::string shop{
      "  shop:\n    cluster: vms\n    policies: [{type: saturation, signal: load}]\n    signals: "
      "{load: {query: x}}\n    replica: {image: x}\n    traffic: [lb]\n"};
  FakeEnvironment fake{azure()};
  fake.files["/etc/t"] = "{{#replicas}}{{address}}{{/replicas}}";
  const std::string two{replaced(usual, lb, file) + shop};
  CHECK(errors_of(two, fake) ==
        "spillway.yaml:22:15: workloads.web.traffic[0]: the file \"/etc/web.conf\" already serves "
        "the workload \"shop\"; write \"{{workload}}\" into traffic.lb.file, or add a section for "
        "each workload\n");
  CHECK(errors_of(replaced(two, "/etc/web.conf", "\"/etc/{{workload}}.conf\""), fake) == "");
}

TEST_CASE("a policy that reads a signal nothing provides would be blind for ever") {
  CHECK(
      errors_of(replaced(usual, "      load: {", "      laod: {")) ==
      "spillway.yaml:20:9: workloads.web.policies[0]: reads the signal \"load\", which is neither "
      "in \"signals\" of the workload nor in \"shared_queries\"; did you mean \"laod\"?\n");
  CHECK(errors_of(replaced(usual, "replica_capacity: 10/s", "target_utilization: 70%")) ==
        "spillway.yaml:20:9: workloads.web.policies[0]: reads the signal \"utilization\", which is "
        "neither in \"signals\" of the workload nor in \"shared_queries\"; there is load\n");
  CHECK(errors_of(replaced(
            replaced(usual, "      load: {query: 'sum(rate(x{app=\"{{workload}}\"}[15s]))'}\n", ""),
            "provider:\n",
            "shared_queries:\n  - {query: x, signal: load, join_label: app}\nprovider:\n")) == "");
}

TEST_CASE("shared queries have no placeholders and a source that exists") {
  CHECK(errors_of(replaced(usual, "provider:\n",
                           "shared_queries:\n  - {source: prm, query: 'x{a=\"{{b}}\"}', signal: "
                           "load, join_label: app}\nprovider:\n")) ==
        "spillway.yaml:6:6: shared_queries[0].source: there is no metric source \"prm\"; did you "
        "mean \"prom\"?\n"
        "spillway.yaml:6:19: shared_queries[0].query: a shared query serves all workloads, so it "
        "has no {{placeholders}}; it is told apart by join_label\n");
}

}  // namespace spillway::cross_checks_test
