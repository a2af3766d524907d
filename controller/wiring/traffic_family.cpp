#include "controller/wiring/traffic_family.hpp"

#include <utility>
#include <variant>

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

}  // namespace

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
