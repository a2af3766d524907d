// A real HAProxy that speaks TLS to burst replicas: whom it believes, and what it asks for by name.
#include <fmt/format.h>

#include <string>

#include "controller/traffic/haproxy/haproxy.hpp"
#include "tests/contract/traffic/haproxy_rig.hpp"
#include "tests/contract/traffic/web_server.hpp"
#include "tests/support/certificates.hpp"
#include "tests/support/printing.hpp"
#include "tests/support/skip.hpp"

namespace spillway::haproxy_tls_test {

using namespace spillway::testing;

namespace {

io::TlsServerOptions shown(const Certificate& certificate, const std::string& client_ca = "") {
  return {.certificate_pem = certificate.certificate_pem,
          .key_pem = io::Secret{certificate.key_pem},
          .client_ca_pem = client_ca};
}

/// A HAProxy with a server in its config that names the authority's file and its own certificate,
/// and is never used.
class World {
 public:
  explicit World(bool is_loaded = true)
      : own_{authority_.issue("DNS:haproxy.internal")},
        ca_file_{scratch_.write("ca.pem", authority_.certificate_pem())},
        own_file_{scratch_.write("own.pem", own_.certificate_pem + own_.key_pem)},
        rig_{time_,
             {.shop_servers = is_loaded
                                  ? fmt::format("  server files 127.0.0.1:9 ssl verify required "
                                                "ca-file {} crt {} disabled",
                                                ca_file_, own_file_)
                                  : std::string{}}} {
    haproxy::Settings settings{.sockets = {rig_.unix_socket()}, .backend = "be_{{workload}}"};
    // Also how long a check may take: the replica is of this process, which may be slow.
    settings.check.interval = std::chrono::milliseconds{500};
    settings.has_tls = true;
    settings.tls = {.ca_file = ca_file_, .server_name = "{{workload}}.internal"};
    if (is_loaded) settings.tls.certificate = own_file_;
    traffic_ = std::make_unique<haproxy::HaproxyTraffic>("edge", settings, time_.clock);
  }

  static bool is_available() { return HaproxyRig::is_installed(); }

  RealTime& time() { return time_; }
  HaproxyRig& rig() { return rig_; }
  const Authority& authority() const { return authority_; }
  std::string write(std::string_view name, std::string_view text) {
    return scratch_.write(name, text);
  }
  Result<void> admit(int port) {
    const Backend backend{.group = {"shop-1"}, .workload = "shop", .ip = "127.0.0.1", .port = port};
    return time_.run(traffic_->admit(backend, time_.soon()));
  }
  /// True once HAProxy's own check has found its one burst server down.
  bool is_down() {
    return wait_until([&] {
      time_.context.restart();
      time_.context.run_for(std::chrono::milliseconds{20});
      return rig_.ask("show stat").find("be_shop,spillway-shop-1") != std::string::npos &&
             rig_.ask("show servers state be_shop").find(" spillway-shop-1 127.0.0.1 0 ") !=
                 std::string::npos;
    });
  }

 private:
  RealTime time_{};
  ScratchDirectory scratch_{};
  Authority authority_{"burst"};
  Certificate own_;
  std::string ca_file_;
  std::string own_file_;
  HaproxyRig rig_;
  std::unique_ptr<haproxy::HaproxyTraffic> traffic_{};
};

}  // namespace

#define NEEDS_HAPROXY() \
  if (!World::is_available()) return skip_test("haproxy is missing: apt-get install haproxy")

TEST_CASE("a request reaches a TLS replica whose certificate is for the name, as checks do") {
  NEEDS_HAPROXY();
  World world{};
  WebServer server{world.time(), "shop-1", shown(world.authority().issue("DNS:shop.internal"))};
  REQUIRE(world.admit(server.port()));
  for (int i{0}; i < 5; ++i) {
    CHECK(world.rig().get("shop") == std::pair{200, std::string{"shop-1"}});
  }
}

TEST_CASE("a replica that asks for a certificate sees HAProxy's own") {
  NEEDS_HAPROXY();
  World world{};
  WebServer server{
      world.time(), "shop-1",
      shown(world.authority().issue("DNS:shop.internal"), world.authority().certificate_pem())};
  REQUIRE(world.admit(server.port()));
  CHECK(world.rig().get("shop") == std::pair{200, std::string{"shop-1"}});
}

TEST_CASE("a certificate for another name, or of another authority, gets no request") {
  NEEDS_HAPROXY();
  const Authority others{"others"};
  for (const bool is_other_name : {true, false}) {
    CAPTURE(is_other_name);
    World world{};
    WebServer server{world.time(), "shop-1",
                     shown(is_other_name ? world.authority().issue("DNS:web.internal")
                                         : others.issue("DNS:shop.internal"))};
    REQUIRE(world.admit(server.port()));
    CHECK(world.rig().get("shop").first == 503);
    CHECK(world.is_down());
    CHECK(server.requests() == 0);
  }
}

TEST_CASE("the name goes out as SNI: a server of many names shows the right certificate") {
  NEEDS_HAPROXY();
  if (!find_program("openssl")) return skip_test("openssl is missing: apt-get install openssl");
  World world{};
  const auto file{[&](const std::string& name, const std::string& names) {
    const Certificate issued{world.authority().issue(names)};
    return world.write(name, issued.certificate_pem + issued.key_pem);
  }};
  const std::string usual{file("usual.pem", "DNS:nobody.internal")};
  const std::string asked_for{file("asked_for.pem", "DNS:shop.internal")};
  const std::string port{std::to_string(free_port())};
  ChildProcess server{{"openssl", "s_server", "-accept", "127.0.0.1:" + port, "-cert", usual,
                       "-key", usual, "-cert2", asked_for, "-key2", asked_for, "-servername",
                       "shop.internal", "-www"}};
  REQUIRE(wait_until([&] { return server.standard_output().find("ACCEPT") != std::string::npos; }));
  REQUIRE(world.admit(std::stoi(port)));
  // It is slow to answer the first of many: a check may be on its line.
  CHECK(wait_until([&] { return world.rig().get("shop").first == 200; }));
}

TEST_CASE("an authority's file that HAProxy has not read is an error that says what to do") {
  NEEDS_HAPROXY();
  World world{false};
  const Result<void> refused = world.admit(9);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::bad_request);
  CAPTURE(refused.error().context);
  CHECK(refused.error().context.find("HAProxy's own config has to name") != std::string::npos);
}

}  // namespace spillway::haproxy_tls_test
