#include "tests/integration/daemon/site.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <fstream>
#include <iterator>

namespace spillway::daemon_site {
namespace {

/// Three base replicas of 10 requests per second, and a load that needs 60 / (10 * 0.8) = 8.
constexpr const char* daemon_config{R"yaml(
mode: act
owner: daemon-test
interval: 1s
on_stop: {on_stop}
state: {{directory: {directory}/{state}}}
api: {{listen: "127.0.0.1:{port}"}}
metric_sources:
  trace: {{type: file, path: {directory}/load.csv}}
clusters:
  vms: {{type: static_vms, count: 3}}
traffic:
  lb:
    type: template_file
    template: {directory}/servers.tmpl
    file: {directory}/servers.conf
    validate: [grep, -q, base, "{{{{new_file}}}}"]
{provider}
workloads:
  web:
    cluster: vms
    traffic: [lb]
    signals:
      load: {{source: trace, query: value}}
    policies:
      - {{type: target_utilization, target_utilization: 80%, replica_capacity: 10/s}}
    limits: {{max_burst: 10}}
    replica:
      image: demo/web:1
      port: 8000
      vcpu: 1
      memory: 1.5 GB
      probe: {{http: /healthz}}
    lifecycle: {{drain_deadline: 2s}}  # nothing counts requests in flight here
)yaml"};

}  // namespace

Site::Site() {
  directory_.write("load.csv", "t_s,value\n0,60\n100000,60\n");
  directory_.write("servers.tmpl",
                   "base\n{{#admitted_replicas}}\nserver {{address}}\n{{/admitted_replicas}}\n");
  write_config("leave");
}

void Site::write_config(std::string_view on_stop) {
  directory_.write("spillway.yaml", config(on_stop, "state"));
}

void Site::write_config_with(std::string_view usual, std::string_view other) {
  std::string text{config("drain", "state")};
  const std::size_t at{text.find(usual)};
  REQUIRE(at != text.npos);
  text.replace(at, usual.size(), other);
  directory_.write("spillway.yaml", text);
}

void Site::write_config_with_secret(std::string_view secret) {
  write_config_with("client_secret: emulator-secret", "client_secret: " + std::string{secret});
}

void Site::write_config_without_provider() {
  std::string text{config("leave", "state")};
  const auto cut{[&text](const std::string& part, std::string_view instead) {
    const std::size_t at{text.find(part)};
    REQUIRE(at != text.npos);
    text.replace(at, part.size(), instead);
  }};
  cut("mode: act\nowner: daemon-test\n", "mode: observe\n");
  cut(cloud_.provider_section(), "");
  directory_.write("spillway.yaml", text);
}

void Site::write_observing_config(std::string_view resource_group) {
  std::string text{config("leave", "state")};
  const auto change{[&text](std::string_view from, std::string_view to) {
    const std::size_t at{text.find(from)};
    REQUIRE(at != text.npos);
    text.replace(at, from.size(), to);
  }};
  change("mode: act", "mode: observe");
  change("resource_group: spillway", fmt::format("resource_group: {}", resource_group));
  directory_.write("spillway.yaml", text);
}

void Site::write_broken_config() {
  directory_.write("spillway.yaml", "mode: actt\nintervall: 1s\n");
}

void Site::age_program() {
  // The low byte of `user_version`, which SQLite keeps at 60 to 63 of the file.
  std::fstream file{directory_.path() / "state" / "spillway.db",
                    std::ios::in | std::ios::out | std::ios::binary};
  REQUIRE(file.seekp(63));
  REQUIRE(file.put(99));
}

std::string Site::config_without_state() {
  return directory_.write("elsewhere.yaml", config("leave", "nothing"));
}

std::string Site::api_url() const {
  return fmt::format("http://127.0.0.1:{}", spillway_.api_port());
}

int Site::sweep_cloud() const {
  const auto swept{command(
      {"sweep", "-c", config_path(), "--without-state", "--yes", "--min-age", "0s", "-o", "json"})};
  REQUIRE(swept.second == 0);
  return static_cast<int>(boost::json::parse(swept.first).at("orphans").as_array().size());
}

int Site::exchanges_with(std::string_view part) const {
  const auto all{cloud_.exchanges()};
  return static_cast<int>(std::ranges::count_if(
      all, [part](const auto& each) { return each.path.find(part) != std::string::npos; }));
}

std::set<std::string> Site::groups_asked(std::string_view method) const {
  std::set<std::string> names{};
  for (const auto& exchange : cloud_.exchanges()) {
    const auto slash = exchange.path.rfind('/');
    const bool is_group{exchange.path.substr(0, slash).ends_with("/containerGroups")};
    if (exchange.method == method && is_group) names.insert(exchange.path.substr(slash + 1));
  }
  return names;
}

std::string Site::servers() const {
  std::ifstream file{directory_.path() / "servers.conf"};
  return {std::istreambuf_iterator<char>{file}, {}};
}

void Site::edit_servers(std::string_view text) {
  directory_.write("servers.conf", text);
}

std::string Site::config(std::string_view on_stop, std::string_view state) const {
  return fmt::format(fmt::runtime(daemon_config), fmt::arg("on_stop", on_stop),
                     fmt::arg("state", state), fmt::arg("directory", directory_.path().string()),
                     fmt::arg("port", spillway_.api_port()),
                     fmt::arg("provider", cloud_.provider_section()));
}

}  // namespace spillway::daemon_site
