#include "controller/traffic/haproxy/names.hpp"

#include <string>

#include "controller/traffic/haproxy/commands.hpp"
#include "tests/support/printing.hpp"

namespace spillway::names_test {

using namespace spillway::haproxy;

TEST_CASE("nothing that ends or bends a command gets into one as a name") {
  for (const std::string bad : {"", "a b", "a;b", "a\nset server x", "a/b", "a\\", "\"a\"", "'a'",
                                "#a", "<<", "a\tb", "\xc3\xa4", "a\r", "{{workload}}"}) {
    CAPTURE(bad);
    CHECK_FALSE(is_valid_name(bad));
    CHECK(ServerRef::make("be", bad).error().code == Errc::bad_request);
    CHECK(ServerRef::make(bad, "s").error().code == Errc::bad_request);
  }
  CHECK_FALSE(is_valid_name(std::string(201, 'a')));
  CHECK_FALSE(is_valid_name(std::string("a\0b", 3)));
  CHECK(is_valid_name("spillway-web-7.x_y:1"));
}

TEST_CASE("an address is an IP address and nothing else") {
  for (const std::string bad : {"", "localhost", "999.1.1.1", "10.0.0.1;set", "10.0.0.1 port 1",
                                "10.0.0", "fe80::1%lo", "unix@/tmp/s", "10.0.0.1\n", "0x7f.1"}) {
    CAPTURE(bad);
    CHECK(Address::make(bad, 80).error().code == Errc::bad_request);
  }
  for (const int port : {0, -1, 65536}) {
    CAPTURE(port);
    CHECK_FALSE(Address::make("10.0.0.1", port));
  }
  CHECK(Address::make("10.0.0.1", 65535).value().ip() == "10.0.0.1");
  CHECK(Address::make("0:0::1", 1).value().ip() == "::1");
}

TEST_CASE("options of the config file cannot start another command") {
  for (const std::string bad : {"a;b", "a\nb", "x #", "\"", "'", "\\", "<<", "\xc3\xa4", "\x7f"}) {
    CAPTURE(bad);
    CHECK_FALSE(is_valid_options(bad));
  }
  CHECK(is_valid_options("ssl verify required ca-file /etc/ssl/ca.pem slowstart 5s"));
}

TEST_CASE("a backend's name follows the workload and stays a name") {
  CHECK(backend_for("be", "web").value() == "be");
  CHECK(backend_for("bk_{{workload}}_v2", "web").value() == "bk_web_v2");
  CHECK(backend_for("{{workload}}", "{{workload}}").error().code == Errc::bad_request);
  CHECK(backend_for("{{workload}}", "web shop").error().code == Errc::bad_request);
  CHECK(is_valid_backend_pattern("bk_{{workload}}"));
  CHECK_FALSE(is_valid_backend_pattern("bk {{workload}}"));
  CHECK_FALSE(is_valid_backend_pattern("{{service}}"));
}

TEST_CASE("our servers and slots are told from those of others") {
  CHECK(group_of("spillway-", "spillway-web-1").value().name == "web-1");
  CHECK_FALSE(group_of("spillway-", "spillway-"));
  CHECK_FALSE(group_of("spillway-", "vm1"));
  CHECK(is_slot("aci", "aci1"));
  CHECK(is_slot("aci", "aci10"));
  for (const std::string other : {"aci", "aci0", "aci01", "aci1a", "xaci1", "acid1"}) {
    CAPTURE(other);
    CHECK_FALSE(is_slot("aci", other));
  }
  CHECK_FALSE(is_slot("", "1"));
}

TEST_CASE("commands read as HAProxy's manual writes them") {
  const ServerRef server{ServerRef::make("be", "spillway-a").value()};
  const Address address{Address::make("10.0.0.4", 8080).value()};
  Settings settings{};
  CHECK(show_servers("be", {}) == "show servers state be");
  CHECK(show_servers("be", 3) == "show servers state be; show stat #3 4 -1");
  CHECK(add_server(server, address, 50, settings, "web") ==
        "add server be/spillway-a 10.0.0.4:8080 weight 50 check inter 1000ms fall 3 rise 1 "
        "pool-max-conn -1 pool-purge-delay 5000ms");
  settings.check.is_enabled = false;
  settings.keep_idle = Duration::zero();
  settings.max_connections = 16;
  settings.options = "slowstart 5s";
  CHECK(add_server(server, Address::make("::1", 80).value(), 1, settings, "web") ==
        "add server be/spillway-a [::1]:80 weight 1 maxconn 16 slowstart 5s");
  CHECK(set_address(server, address) == "set server be/spillway-a addr 10.0.0.4 port 8080");
  CHECK(set_weight(server, 7) == "set server be/spillway-a weight 7");
  CHECK(set_state(server, AdminState::drain) == "set server be/spillway-a state drain");
  CHECK(enable_health(server) == "enable health be/spillway-a");
  CHECK(delete_server(server) == "del server be/spillway-a");
}

TEST_CASE("an added server that speaks TLS says whom it believes and asks for by name") {
  const ServerRef server{ServerRef::make("be", "spillway-a").value()};
  const Address address{Address::make("10.0.0.4", 8443).value()};
  Settings settings{};
  settings.keep_idle = Duration::zero();
  settings.has_tls = true;
  settings.tls = {.ca_file = "/ca.pem", .server_name = "{{workload}}.internal"};
  settings.check.is_enabled = false;
  CHECK(add_server(server, address, 1, settings, "web") ==
        "add server be/spillway-a 10.0.0.4:8443 weight 1 ssl verify required ca-file /ca.pem "
        "sni str(web.internal) verifyhost web.internal");
  settings.check.is_enabled = true;
  CHECK(add_server(server, address, 1, settings, "web")
            .find(" check-ssl sni str(web.internal) "
                  "check-sni web.internal ") != std::string::npos);
  settings.tls = {.certificate = "/own.pem", .verifies = false};
  settings.options = "proto h2";
  CHECK(add_server(server, address, 1, settings, "web")
            .ends_with(" ssl verify none check-ssl crt /own.pem proto h2"));
}

}  // namespace spillway::names_test
