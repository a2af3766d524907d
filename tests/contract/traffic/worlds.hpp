// The adapters the contract is held against, each with something behind it that the suite can
// restart and load in the same words.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "controller/kubernetes/api_server.hpp"
#include "controller/traffic/dns/dns.hpp"
#include "controller/traffic/endpoint_slice/endpoint_slice.hpp"
#include "controller/traffic/etcd/etcd.hpp"
#include "controller/traffic/haproxy/haproxy.hpp"
#include "controller/traffic/http_sd/http_sd.hpp"
#include "controller/traffic/template_file/template_file.hpp"
#include "tests/contract/traffic/etcd_rig.hpp"
#include "tests/contract/traffic/haproxy_rig.hpp"
#include "tests/contract/traffic/named_rig.hpp"
#include "tests/contract/traffic/nginx_rig.hpp"
#include "tests/contract/traffic/web_server.hpp"
#include "tests/support/fake_traffic.hpp"
#include "tests/support/stub_api_server.hpp"

namespace spillway::testing {

/// The double that the loop's tests use.
class FakeWorld {
 public:
  static constexpr bool counts_in_flight{true};
  static constexpr std::string_view reason{};
  static bool is_available() { return true; }

  Traffic& traffic() { return traffic_; }
  RealTime& time() { return time_; }
  void restart() { traffic_.restart(); }
  Backend backend(std::string group, std::string workload = "web") {
    const int port{++ports_[group] + 8000};
    return {.group = {std::move(group)},
            .workload = std::move(workload),
            .ip = "10.0.0.4",
            .port = port};
  }
  void hold_request(const Backend& backend) { traffic_.set_in_flight(backend.group.name, 1); }
  void finish_request(const Backend& backend) { traffic_.set_in_flight(backend.group.name, 0); }

 private:
  RealTime time_{};
  FakeTraffic traffic_{time_.clock};
  std::map<std::string, int> ports_{};
};

class HttpSdWorld {
 public:
  static constexpr bool counts_in_flight{false};
  static constexpr std::string_view reason{};
  static bool is_available() { return true; }

  Traffic& traffic() { return *traffic_; }
  RealTime& time() { return time_; }
  void restart() { traffic_ = std::make_unique<http_sd::HttpSdTraffic>("sd", settings_); }
  Backend backend(std::string group, std::string workload = "web") {
    return {
        .group = {std::move(group)}, .workload = std::move(workload), .ip = "10.0.0.4", .port = 80};
  }
  void hold_request(const Backend&) {}
  void finish_request(const Backend&) {}

 private:
  RealTime time_{};
  http_sd::Settings settings_{};
  std::unique_ptr<http_sd::HttpSdTraffic> traffic_{
      std::make_unique<http_sd::HttpSdTraffic>("sd", settings_)};
};

/// EndpointSlices of a stub API server, with the Services `web` and `shop`.
class EndpointSliceWorld {
 public:
  static constexpr bool counts_in_flight{false};
  static constexpr std::string_view reason{};
  static bool is_available() { return true; }

  EndpointSliceWorld() {
    for (const std::string name : {"web", "shop"}) {
      stub_.put("services", R"({"metadata":{"namespace":"default","name":")" + name +
                                R"("},"spec":{"ports":[{"name":"http","port":80}]}})");
    }
    kubernetes::Access access{};
    access.cluster.server = stub_.url();
    auto server = kubernetes::make_api_server(time_.context, time_.clock, std::move(access));
    if (!server) throw std::runtime_error{to_string(server.error())};
    endpoint_slice::Settings settings{};
    settings.share_listing = Duration::zero();  // the test looks more often than a tick does
    traffic_ = std::make_unique<endpoint_slice::EndpointSliceTraffic>(
        "service", settings, std::move(*server), time_.clock);
  }

  Traffic& traffic() { return *traffic_; }
  RealTime& time() { return time_; }
  StubApiServer& stub() { return stub_; }
  /// Somebody deletes every slice.
  void restart() {
    for (const std::string name : {"web-spillway-web-80", "shop-spillway-shop-80"}) {
      stub_.erase("endpointslices.discovery.k8s.io", "default/" + name);
    }
  }
  Backend backend(std::string group, std::string workload = "web") {
    const int number{++numbers_[group]};
    return {.group = {std::move(group)},
            .workload = std::move(workload),
            .ip = "10.0.0." + std::to_string(number),
            .port = 80};
  }
  void hold_request(const Backend&) {}
  void finish_request(const Backend&) {}

 private:
  RealTime time_{};
  StubApiServer stub_{time_.context};
  std::map<std::string, int> numbers_{};
  std::unique_ptr<endpoint_slice::EndpointSliceTraffic> traffic_{};
};

/// Real HAProxy. Every backend has a web server of the test behind it, and `shop` has nothing but
/// burst servers, so that a request to it can only reach those.
class HaproxyWorld {
 public:
  static constexpr bool counts_in_flight{true};
  static constexpr std::string_view reason{"haproxy is missing: apt-get install haproxy"};
  static bool is_available() { return HaproxyRig::is_installed(); }

  enum class Socket { unix_domain, tcp };

  explicit HaproxyWorld(haproxy::Settings settings = {}, int processes = 1,
                        Socket socket = Socket::unix_domain) {
    settings.backend = "be_{{workload}}";
    settings.check.interval = std::chrono::milliseconds{200};
    HaproxyRigOptions options{};
    options.web_servers = "  server vm1 127.0.0.1:" + std::to_string(base_.port()) + " weight 10";
    if (!settings.slots.empty()) {
      const std::string slots{"  server-template " + settings.slots +
                              " 1-3 127.0.0.1:9 check inter 200ms fall 3 rise 1 disabled"};
      options.web_servers += "\n" + slots;
      options.shop_servers = slots;
    }
    for (int i{0}; i < processes; ++i) {
      rigs_.push_back(std::make_unique<HaproxyRig>(time_, options));
      const HaproxyRig& rig{*rigs_.back()};
      settings.sockets.push_back(socket == Socket::tcp ? rig.tcp_socket() : rig.unix_socket());
    }
    traffic_ = std::make_unique<haproxy::HaproxyTraffic>("edge", settings, time_.clock);
  }

  Traffic& traffic() { return *traffic_; }
  RealTime& time() { return time_; }
  HaproxyRig& rig(std::size_t process = 0) { return *rigs_.at(process); }
  WebServer& base() { return base_; }
  void restart() {
    for (auto& rig : rigs_) rig->restart();
  }
  Backend backend(std::string group, std::string workload = "web") {
    servers_.push_back(std::make_unique<WebServer>(time_, group));
    return {.group = {std::move(group)},
            .workload = std::move(workload),
            .ip = "127.0.0.1",
            .port = servers_.back()->port()};
  }
  WebServer& server_of(const Backend& backend) {
    for (auto& server : servers_) {
      if (server->port() == backend.port) return *server;
    }
    throw std::logic_error{"no such server"};
  }
  void hold_request(const Backend& backend) {
    held_answer = std::make_shared<std::optional<int>>();
    rig().start_get(backend.workload, "/held", held_answer);
    time_.drive([&] { return server_of(backend).held() == 1; });
  }
  void finish_request(const Backend& backend) {
    server_of(backend).release();
    time_.drive([&] { return held_answer->has_value(); });
  }

  std::shared_ptr<std::optional<int>> held_answer{};  ///< status of the held request, once it ends

 private:
  RealTime time_{};
  WebServer base_{time_, "base"};
  std::vector<std::unique_ptr<WebServer>> servers_{};
  std::vector<std::unique_ptr<HaproxyRig>> rigs_{};
  std::unique_ptr<haproxy::HaproxyTraffic> traffic_{};
};

struct HaproxyTcpWorld : HaproxyWorld {
  HaproxyTcpWorld() : HaproxyWorld({}, 1, Socket::tcp) {}
};

struct HaproxySlotsWorld : HaproxyWorld {
  HaproxySlotsWorld() : HaproxyWorld({.slots = "aci"}) {}
};

struct TwoHaproxiesWorld : HaproxyWorld {
  TwoHaproxiesWorld() : HaproxyWorld({}, 2) {}
};

/// Real nginx, through a file. Nothing tells when a reload has taken effect, so what needs that
/// asks nginx until it has.
class TemplateFileWorld {
 public:
  static constexpr bool counts_in_flight{false};
  static constexpr std::string_view reason{"nginx is missing: apt-get install nginx"};
  static bool is_available() { return NginxRig::is_installed(); }

  enum class Base { none, one };

  explicit TemplateFileWorld(Base base = Base::none)
      : rig_{time_, base == Base::one ? std::optional{base_.port()} : std::nullopt} {
    template_file::Settings settings{};
    settings.template_path = rig_.template_path();
    settings.file = rig_.file_pattern();
    settings.validate = rig_.command({"-t"});
    settings.reload = rig_.command({"-s", "reload"});
    settings.base_weight = 10;
    settings.timeout = std::chrono::seconds{5};
    auto made =
        template_file::make_template_file_traffic(time_.context, time_.clock, "edge", settings);
    if (!made) throw std::runtime_error{to_string(made.error())};
    traffic_ = std::move(*made);
  }

  Traffic& traffic() { return *traffic_; }
  RealTime& time() { return time_; }
  NginxRig& rig() { return rig_; }
  void restart() { rig_.restart(); }
  Backend backend(std::string group, std::string workload = "web") {
    servers_.push_back(std::make_unique<WebServer>(time_, group));
    return {.group = {std::move(group)},
            .workload = std::move(workload),
            .ip = "127.0.0.1",
            .port = servers_.back()->port()};
  }
  WebServer& server_of(const Backend& backend) {
    for (auto& server : servers_) {
      if (server->port() == backend.port) return *server;
    }
    throw std::logic_error{"no such server"};
  }
  /// Asks until `workload` is answered by `server`; empty: by nobody.
  bool is_served_by(const std::string& workload, const std::string& server) {
    return wait_until([&] {
      const auto [status, body] = rig_.get(workload);
      return rig_.has_settled() && (server.empty() ? status == 502 : body == server);
    });
  }
  void hold_request(const Backend& backend) {
    SPILLWAY_ASSERT(is_served_by(backend.workload, backend.group.name));
    held_answer = std::make_shared<std::optional<int>>();
    rig_.start_get(backend.workload, "/held", held_answer);
    time_.drive([&] { return server_of(backend).held() == 1; });
  }
  void finish_request(const Backend& backend) {
    server_of(backend).release();
    time_.drive([&] { return held_answer->has_value(); });
  }

  std::shared_ptr<std::optional<int>> held_answer{};  ///< status of the held request, once it ends

 private:
  RealTime time_{};
  WebServer base_{time_, "base"};
  std::vector<std::unique_ptr<WebServer>> servers_{};
  NginxRig rig_;
  std::shared_ptr<Traffic> traffic_{};
};

/// Real BIND. The zone has records of somebody else at the same names.
class DnsWorld {
 public:
  static constexpr bool counts_in_flight{false};
  static constexpr std::string_view reason{"named is missing: apt-get install bind9"};
  static bool is_available() { return NamedRig::is_installed(); }

  DnsWorld() : traffic_{"names", rig_.settings(), time_.clock} {}

  Traffic& traffic() { return traffic_; }
  RealTime& time() { return time_; }
  NamedRig& rig() { return rig_; }
  void restart() { rig_.restart(); }
  Backend backend(std::string group, std::string workload = "web") {
    return {.group = {std::move(group)},
            .workload = std::move(workload),
            .ip = "10.0.0." + std::to_string(++number_),
            .port = 80};
  }
  void hold_request(const Backend&) {}
  void finish_request(const Backend&) {}

 private:
  RealTime time_{};
  NamedRig rig_{time_};
  int number_{0};
  dns::DnsTraffic traffic_;
};

/// Real etcd.
class EtcdWorld {
 public:
  static constexpr bool counts_in_flight{false};
  static constexpr std::string_view reason{
      "etcd is missing: apt-get install etcd-server etcd-client"};
  static bool is_available() { return EtcdRig::is_installed(); }

  EtcdWorld() {
    auto made = etcd::make_etcd_traffic(time_.context, time_.clock, "keys", settings());
    if (!made) throw std::runtime_error{to_string(made.error())};
    traffic_ = std::move(*made);
  }

  Traffic& traffic() { return *traffic_; }
  RealTime& time() { return time_; }
  EtcdRig& rig() { return rig_; }
  etcd::Settings settings() const {
    etcd::Settings settings{};
    settings.urls = {rig_.url()};
    return settings;
  }
  void restart() { rig_.restart(); }
  Backend backend(std::string group, std::string workload = "web") {
    ++number_;
    return {.group = {std::move(group)},
            .workload = std::move(workload),
            .ip = "10.0." + std::to_string(number_ / 250) + "." + std::to_string(number_ % 250),
            .port = 80};
  }
  void hold_request(const Backend&) {}
  void finish_request(const Backend&) {}

 private:
  RealTime time_{};
  EtcdRig rig_{time_};
  int number_{0};
  std::shared_ptr<Traffic> traffic_{};
};

}  // namespace spillway::testing
