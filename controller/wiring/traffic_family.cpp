#include "controller/wiring/traffic_family.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <system_error>
#include <utility>
#include <variant>

#include "controller/kubernetes/access.hpp"
#include "controller/traffic/dns/dns.hpp"
#include "controller/traffic/endpoint_slice/endpoint_slice.hpp"
#include "controller/traffic/etcd/etcd.hpp"
#include "controller/traffic/haproxy/haproxy.hpp"
#include "controller/traffic/template_file/template_file.hpp"

namespace spillway::wiring {

namespace {

using Made = Result<std::shared_ptr<Traffic>>;

/// One overload for each type, so that a type without one does not compile.
struct Maker {
  Outside& outside;
  const std::string& name;
  std::map<std::string, std::shared_ptr<http_sd::HttpSdTraffic>>& service_discovery;

  Made operator()(const haproxy::Settings& settings) const {
    return std::shared_ptr<Traffic>{
        std::make_shared<haproxy::HaproxyTraffic>(name, settings, outside.clock)};
  }
  Made operator()(const http_sd::Settings& settings) const {
    // Reconciled from the groups at the next tick; until then scrapers keep their old targets.
    auto adapter = std::make_shared<http_sd::HttpSdTraffic>(name, settings);
    service_discovery.emplace(name, adapter);
    return std::shared_ptr<Traffic>{std::move(adapter)};
  }
  Made operator()(const endpoint_slice::Settings& settings) const {
    return endpoint_slice::make_endpoint_slice_traffic(outside.context, outside.clock, name,
                                                       settings);
  }
  Made operator()(const template_file::Settings& settings) const {
    return template_file::make_template_file_traffic(outside.context, outside.clock, name,
                                                     settings);
  }
  Made operator()(const dns::Settings& settings) const {
    return std::shared_ptr<Traffic>{
        std::make_shared<dns::DnsTraffic>(name, settings, outside.clock)};
  }
  Made operator()(const etcd::Settings& settings) const {
    return etcd::make_etcd_traffic(outside.context, outside.clock, name, settings);
  }
};

/// Ends a text that is no prefix of what it names.
constexpr std::string_view end{"\n"};

/// One process may be reached by several paths: /var/run leads to /run.
std::string real_address(const std::string& socket) {
  constexpr std::string_view local{"unix:"};
  if (!socket.starts_with(local)) return socket;
  std::error_code failure{};
  const auto path{std::filesystem::weakly_canonical(socket.substr(local.size()), failure)};
  return failure ? socket : fmt::format("{}{}", local, path.string());
}

/// Another cluster may have a Service of the same name.
std::string service_place(const endpoint_slice::Settings& settings) {
  const kubernetes::ConnectionSettings& connection{settings.connection};
  const auto access{kubernetes::find_access(connection, kubernetes::process_variables())};
  if (!access) {
    // Nothing can be built of it either.
    return fmt::format("service {} {} {} {} {}{}", connection.server, connection.kubeconfig,
                       connection.context, settings.name_space, settings.service, end);
  }
  if (settings.service.find('/') != std::string::npos) {
    return fmt::format("service {} {}{}", access->cluster.server, settings.service, end);
  }
  std::string name_space{settings.name_space.empty() ? access->name_space : settings.name_space};
  if (name_space.empty()) name_space = "default";
  return fmt::format("service {} {}/{}{}", access->cluster.server, name_space, settings.service,
                     end);
}

struct Places {
  using Texts = std::vector<std::string>;

  Texts operator()(const haproxy::Settings& settings) const {
    Texts places{};
    for (const std::string& socket : settings.sockets) {
      places.push_back(fmt::format("haproxy {} {} {}", real_address(socket), settings.backend,
                                   settings.slots.empty() ? settings.prefix : settings.slots));
    }
    return places;
  }
  Texts operator()(const http_sd::Settings&) const { return {}; }
  Texts operator()(const endpoint_slice::Settings& settings) const {
    return {service_place(settings)};
  }
  Texts operator()(const template_file::Settings& settings) const {
    return {fmt::format("file {}{}", settings.file, end)};
  }
  Texts operator()(const dns::Settings& settings) const {
    return {fmt::format("dns {} {} {}{}", settings.server, settings.zone, settings.name, end)};
  }
  Texts operator()(const etcd::Settings& settings) const {
    Texts places{};
    for (const std::string& url : settings.urls) {
      places.push_back(fmt::format("etcd {} {}", url, settings.prefix));
    }
    return places;
  }
};

}  // namespace

Result<std::shared_ptr<Traffic>> make_one_traffic(Outside& outside, const std::string& name,
                                                  const settings::TrafficConfig& config) {
  std::map<std::string, std::shared_ptr<http_sd::HttpSdTraffic>> shown_by_nobody{};
  return std::visit(Maker{outside, name, shown_by_nobody}, config.settings);
}

std::vector<std::string> places_of(const settings::TrafficConfig& config) {
  return std::visit(Places{}, config.settings);
}

std::vector<std::string> entries_of(const settings::TrafficConfig& config) {
  std::vector<std::string> entries{};
  const auto* const haproxy{std::get_if<haproxy::Settings>(&config.settings)};
  if (haproxy == nullptr || !haproxy->has_map) return entries;
  for (const std::string& socket : haproxy->sockets) {
    entries.push_back(fmt::format("map {} {} {}{}", real_address(socket), haproxy->map.file,
                                  haproxy->map.key, end));
  }
  return entries;
}

Result<std::map<std::string, std::shared_ptr<Traffic>>> make_traffic(
    Outside& outside, const settings::Config& config,
    std::map<std::string, std::shared_ptr<http_sd::HttpSdTraffic>>& service_discovery) {
  std::map<std::string, std::shared_ptr<Traffic>> traffic{};
  for (const auto& [name, each] : config.traffic) {
    auto adapter = std::visit(Maker{outside, name, service_discovery}, each.settings);
    if (!adapter) return with_context("traffic." + name, adapter.error());
    traffic.emplace(name, std::move(*adapter));
  }
  return traffic;
}

}  // namespace spillway::wiring
