// The config files that we ship are right, and stay so: read, checked, and valid by the schema.
#include <doctest/doctest.h>

#include <boost/json/parse.hpp>
#include <string>
#include <vector>

#include "controller/settings/document.hpp"
#include "controller/settings/load_config.hpp"
#include "tests/settings/fake_environment.hpp"
#include "tests/settings/json_validator.hpp"
#include "tests/support/printing.hpp"

namespace spillway::examples_test {

using namespace spillway::settings;

namespace {

const std::string root{SPILLWAY_SOURCE_ROOT};

std::string text_of(const std::string& path) {
  const auto text{ProcessEnvironment{}.read_file(path, document_bytes_max)};
  REQUIRE(text.has_value());
  return *text;
}

std::string errors_of(const LoadedConfig& loaded) {
  const auto* const errors{std::get_if<std::vector<ConfigError>>(&loaded)};
  return errors == nullptr ? "" : to_string(*errors);
}

/// What config/demo/run sets, and Azure's variables.
FakeEnvironment environment() {
  FakeEnvironment fake;
  fake.variables = {{"DEMO_MODE", "act"},
                    {"DEMO_DIR", "/tmp/demo"},
                    {"DEMO_API_PORT", "9900"},
                    {"DEMO_PROMETHEUS_PORT", "9090"},
                    {"DEMO_ARM_URL", "http://127.0.0.1:8443"},
                    {"DEMO_BASE_1", "8001"},
                    {"DEMO_BASE_2", "8002"},
                    {"DEMO_BASE_3", "8003"},
                    {"AZURE_SUBSCRIPTION_ID", "00000000-0000-0000-0000-000000000000"},
                    {"AZURE_TENANT_ID", "11111111-1111-1111-1111-111111111111"},
                    {"AZURE_CLIENT_ID", "22222222-2222-2222-2222-222222222222"},
                    {"AZURE_CLIENT_SECRET", "secret"}};
  const std::string nginx{"/nginx-upstream.conf"};
  fake.files["/etc/spillway" + nginx] = text_of(root + "/config/templates" + nginx);
  return fake;
}

const std::vector<std::string> examples{"/config/spillway.yaml",
                                        "/config/profiles/aci-alone.yaml",
                                        "/config/profiles/docker-swarm.yaml",
                                        "/config/profiles/kubernetes.yaml",
                                        "/config/profiles/marathon.yaml",
                                        "/config/profiles/reference.yaml",
                                        "/config/profiles/vms-haproxy.yaml",
                                        "/config/profiles/vms-nginx.yaml",
                                        "/config/profiles/vms-prometheus.yaml",
                                        "/config/profiles/workers.yaml",
                                        "/config/demo/spillway.yaml"};

}  // namespace

TEST_CASE("every config file that we ship passes the check, in both modes") {
  for (const std::string& example : examples) {
    CAPTURE(example);
    std::string text{text_of(root + example)};
    CHECK(errors_of(parse_config(text, example, environment(), Tests::run)) == "");
    // A description of a simulated world has nothing to act on.
    const bool is_world{example.ends_with("reference.yaml")};
    if (const auto mode{text.find("mode: observe")}; mode != text.npos && !is_world) {
      text.replace(mode, 13, "mode: act");
    }
    CHECK(errors_of(parse_config(text, example, environment(), Tests::run)) == "");
  }
}

TEST_CASE("the profile of the reference world has its replicas, of which a machine holds four") {
  const std::string path{root + "/config/profiles/reference.yaml"};
  const auto loaded{parse_config(text_of(path), path, environment())};
  REQUIRE(errors_of(loaded) == "");
  const auto& cluster{std::get<Config>(loaded).clusters.at("machines")};
  const auto& vms{std::get<static_vms::Settings>(cluster.settings)};
  CHECK(vms.replicas_per_vm == 4);
  CHECK(vms.count == 8);  // two machines, the median over the shared traces
}

TEST_CASE("every config file that we ship is valid by the schema that we print") {
  const auto schema{boost::json::parse(config_schema()).as_object()};
  for (const std::string& example : examples) {
    CAPTURE(example);
    Complaints complaints;
    const NodePtr document{
        parse_document(text_of(root + example), complaints.add_file(example), complaints)};
    REQUIRE(document);
    CHECK(validate(schema, json_of(*document)) == "");
  }
}

TEST_CASE("the full example shows every section of the reference but what stands in comments") {
  const std::string text{text_of(root + "/config/spillway.yaml")};
  for (const std::string_view key :
       {"mode", "owner", "interval", "reap_after", "on_stop", "drain_on_stop_limit", "state", "api",
        "log", "include", "metric_sources", "shared_queries", "provider", "traffic", "clusters",
        "virtual_node", "workloads"}) {
    CAPTURE(key);
    const std::string line{"\n" + std::string{key} + ":"};
    const std::string comment{"\n# " + std::string{key} + ":"};
    CHECK((text.find(line) != text.npos || text.find(comment) != text.npos));
  }
  const std::string reference{config_reference()};
  CHECK(reference.find("## `workloads.NAME.replica.probe`") != reference.npos);
  CHECK(reference.find("of type `target_utilization`") != reference.npos);
}

TEST_CASE("mutilated configs give errors or a config, and never anything else") {
  const std::string usual{text_of(root + "/config/profiles/vms-prometheus.yaml")};
  std::uint32_t state{12345};
  const auto random{[&state](std::size_t below) {
    state = state * 1664525U + 1013904223U;
    return static_cast<std::size_t>(state >> 8U) % below;
  }};
  const FakeEnvironment fake{environment()};
  for (int i{0}; i < 1000; ++i) {
    std::string text{usual};
    for (int n{0}; n < 3; ++n) {
      const std::size_t at{random(text.size())};
      switch (random(4)) {
        case 0:
          text[at] = static_cast<char>(random(256));
          break;
        case 1:
          text.erase(at, random(40));
          break;
        case 2:
          text.insert(at, text.substr(random(text.size()), random(60)));
          break;
        default:
          text.insert(at, 1, "{}[]:,\"'\n -&*|>!%@`#$"[random(21)]);
          break;
      }
    }
    const LoadedConfig loaded{parse_config(text, "f.yaml", fake)};
    const auto* const errors{std::get_if<std::vector<ConfigError>>(&loaded)};
    if (errors != nullptr) CHECK_FALSE(errors->empty());
  }
}

}  // namespace spillway::examples_test
