#include "controller/settings/config.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "controller/settings/config_diff.hpp"
#include "controller/settings/load_config.hpp"
#include "controller/settings/workload_checks.hpp"
#include "tests/settings/usual_config.hpp"

namespace spillway::config_test {

using namespace spillway::settings;
using namespace spillway::usual_config;

TEST_CASE("a config becomes values, and its policies can be built") {
  const Config config{config_of(usual)};
  CHECK(config.mode == Mode::act);
  CHECK(config.owner == "test");
  CHECK(config.interval == std::chrono::seconds{5});
  CHECK(config.has_provider);
  REQUIRE(config.workloads.contains("web"));
  const WorkloadConfig& web{config.workloads.at("web")};
  CHECK(web.replica.replica.image == "example/web");
  CHECK(web.traffic == std::vector<std::string>{"lb"});
  const DecisionPolicy decision{decision_policy(web)};
  REQUIRE(decision.policies.size() == 1);
  CHECK(decision.policies.front()->name() == "target_utilization");
}

TEST_CASE("mode observe needs neither owner nor provider nor image") {
  const Config config{
      config_of("metric_sources: {prom: {type: prometheus, urls: [http://127.0.0.1:9090]}}\n"
                "clusters: {vms: {type: static_vms, addresses: [10.0.0.1:80]}}\n"
                "workloads: {web: {cluster: vms, signals: {load: {query: x}}, policies: [{type: "
                "saturation, signal: load}]}}\n",
                {})};
  CHECK(config.mode == Mode::observe);
  CHECK_FALSE(config.has_provider);
}

TEST_CASE("a template that is missing or broken is found by the check, with its own line") {
  const std::string text{replaced(usual, "{type: haproxy, sockets: [127.0.0.1:9999], backend: web}",
                                  "{type: template_file, template: /etc/t, file: /etc/web.conf}")};
  FakeEnvironment fake{azure()};
  CHECK(errors_of(text, fake) ==
        "spillway.yaml:10:29: traffic.lb.template: \"/etc/t\" cannot be read: No such file or "
        "directory\n");
  fake.files["/etc/t"] = "a\n{{#replicas}} {{adress}}";
  CHECK(errors_of(text, fake) ==
        "spillway.yaml:10:29: traffic.lb.template: \"/etc/t\", line 2, column 15: \"adress\" is "
        "not known here; expected workload, group, ip, port, address, weight, state\n");
}

TEST_CASE("included files add workloads, and errors name the file they are in") {
  FakeEnvironment environment{azure()};
  environment.files = {
      {"/etc/w/a.yaml",
       "workloads:\n  api:\n    cluster: vms\n    replica: {image: x, port: "
       "80}\n    signals: {load: {query: x}}\n    policies: [{type: saturation, signal: load}]\n"},
      {"/etc/w/b.yaml", "workloads:\n  web: {}\nowner: x\n"},
      {"/etc/one.yaml", "workloads:\n  one:\n    clutser: vms\n"}};
  const auto load{[&](const std::string& include) {
    return parse_config(include + usual, "/etc/spillway.yaml", environment);
  }};
  const LoadedConfig good{load("include: [w/a.yaml]\n")};
  REQUIRE(errors_of(good) == "");
  CHECK(std::get<Config>(good).workloads.size() == 2);
  CHECK(config_of(effective_yaml(std::get<Config>(good))).workloads.size() == 2);
  CHECK(errors_of(load("include: [none/*.yaml]\n")) == "");
  CHECK(errors_of(load("include: [w/*.yaml]\n")) ==
        "/etc/w/b.yaml:2:3: workloads.web: duplicate workload; it is already in "
        "/etc/spillway.yaml:15\n"
        "/etc/w/b.yaml:3:1: owner: unknown key; an included file holds only \"workloads\"\n");
  CHECK(errors_of(load("include: [one.yaml, gone.yaml]\n")) ==
        "/etc/spillway.yaml:1:21: include[1]: cannot read \"/etc/gone.yaml\": No such file or "
        "directory\n"
        "/etc/one.yaml:2:3: workloads.one.policies: required key is missing; expected a list of "
        "sections, each beginning with \"- \"\n"
        "/etc/one.yaml:2:3: workloads.one.replica.image: required in mode \"act\"; expected the "
        "container image of a burst replica\n"
        "/etc/one.yaml:3:5: workloads.one.clutser: unknown key; did you mean \"cluster\"?\n");
}

TEST_CASE("a config without workloads says so once") {
  const std::string text{usual.substr(0, usual.find("workloads:"))};
  CHECK(errors_of(text) ==
        "spillway.yaml:1:1: workloads: there is no workload; expected at least one, here or in an "
        "included file\n");
}

TEST_CASE("a file that cannot be read is an error with its name") {
  CHECK(errors_of(load_config("/nowhere.yaml", FakeEnvironment{})) ==
        "/nowhere.yaml: cannot be read: No such file or directory\n");
  CHECK(errors_of(load_config("/", ProcessEnvironment{})) ==
        "/: cannot be read: not a regular file\n");
}

TEST_CASE("the effective config reads back as itself") {
  const Config config{config_of(usual)};
  const std::string text{effective_yaml(config)};
  CHECK(effective_yaml(config_of(text)) == text);
  CHECK(text.find("interval: 5s\n") != text.npos);
}

TEST_CASE("a reload tells which sections and workloads changed, secrets included") {
  const Config before{config_of(usual)};
  CHECK(changed_sections(before, config_of("# a comment\ninterval: 5s\n" + usual)).empty());
  CHECK(changed_sections(before, config_of("interval: 6s\napi: {token: x}\n" + usual)) ==
        std::vector<std::string>{"interval", "api"});
  CHECK(changed_sections(config_of("api: {token: x}\n" + usual),
                         config_of("api: {token: y}\n" + usual)) ==
        std::vector<std::string>{"api"});
  CHECK(changed_sections(before, config_of(replaced(usual, "10/s", "11/s") +
                                           "  api: {cluster: vms, signals: {load: {query: x}}, "
                                           "policies: [{type: saturation, signal: load}], "
                                           "replica: {image: x}}\n")) ==
        std::vector<std::string>{"workloads.api (added)", "workloads.web"});
  CHECK(changed_sections(before, config_of(replaced(usual, "  web:\n", "  www:\n"))) ==
        std::vector<std::string>{"workloads.web (removed)", "workloads.www (added)"});
}

TEST_CASE("a template from the cluster needs a cluster that describes its replicas") {
  const std::string text{replaced(usual, "replica: {image: example/web, port: 8080}",
                                  "replica: {from_cluster: true}")};
  const std::string errors{errors_of(text)};
  CHECK(errors.find("workloads.web.replica.from_cluster") != errors.npos);
  CHECK(errors.find("does not say what its replicas look like") != errors.npos);
  CHECK(errors.find("required in mode") == errors.npos);  // one mistake, one complaint
}

TEST_CASE("a workload may do without any cluster of machines") {
  const std::string text{
      replaced(usual, "{type: static_vms, addresses: [10.0.0.1:8080]}", "{type: none}")};
  CHECK(std::holds_alternative<none::Settings>(config_of(text).clusters.at("vms").settings));
}

TEST_CASE("workload names are fit for tags, labels and host names") {
  for (const std::string_view good : {"web", "a", "web-2", "a1-b2-c3"})
    CHECK(is_workload_name(good));
  for (const std::string_view bad : {"", "Web", "2web", "-web", "web-", "web--2", "web_2", "wéb"}) {
    CHECK_FALSE(is_workload_name(bad));
  }
  CHECK(is_workload_name(std::string(40, 'a')));
  CHECK_FALSE(is_workload_name(std::string(41, 'a')));
}

}  // namespace spillway::config_test
