#include <string>
#include <vector>

#include "controller/traffic/dns/settings.hpp"
#include "controller/traffic/etcd/settings.hpp"
#include "controller/traffic/haproxy/settings.hpp"
#include "controller/traffic/http_sd/http_sd.hpp"
#include "controller/traffic/template_file/settings.hpp"
#include "tests/settings/read_yaml.hpp"
#include "tests/support/printing.hpp"

using namespace spillway;
using namespace std::chrono_literals;
using spillway::testing::read_yaml;

TEST_CASE("a haproxy section needs its sockets and nothing else") {
  const auto [settings, errors] = read_yaml<haproxy::Settings>("sockets: [unix:/run/haproxy.sock]");
  CHECK(errors == "");
  CHECK(settings.sockets == std::vector<std::string>{"unix:/run/haproxy.sock"});
  CHECK(settings.backend == "{{workload}}");
  CHECK(read_yaml<haproxy::Settings>("prefix: x-").errors.find("sockets") != std::string::npos);
}

TEST_CASE("every haproxy setting is read") {
  const auto [settings, errors] = read_yaml<haproxy::Settings>(R"(
sockets: ["127.0.0.1:9999", "[::1]:9999"]
backend: bk_{{workload}}
prefix: burst.
slots: aci
base_weight: 10
check: {enabled: false, interval: 500ms, fall: 2, rise: 4}
max_connections: 16
keep_idle: 0s
options: ssl verify none
unreachable: skip
timeout: 500ms
)");
  CHECK(errors == "");
  CHECK(settings.sockets.size() == 2);
  CHECK(settings.backend == "bk_{{workload}}");
  CHECK(settings.prefix == "burst.");
  CHECK(settings.slots == "aci");
  CHECK(settings.base_weight == 10);
  CHECK_FALSE(settings.check.is_enabled);
  CHECK(settings.check.interval == 500ms);
  CHECK(settings.check.fall == 2);
  CHECK(settings.check.rise == 4);
  CHECK(settings.max_connections == 16);
  CHECK(settings.keep_idle == Duration::zero());
  CHECK(settings.options == "ssl verify none");
  CHECK(settings.unreachable == haproxy::Unreachable::skip);
  CHECK(settings.timeout == 500ms);
}

TEST_CASE("TLS to burst servers and a map's entry are read") {
  const auto [settings, errors] = read_yaml<haproxy::Settings>(R"(
sockets: ["127.0.0.1:9999"]
tls: {ca_file: /etc/haproxy/burst-ca.pem, server_name: "{{workload}}.internal", certificate: /etc/haproxy/own.pem}
map: {file: /etc/haproxy/burst.map, key: "{{workload}}.example.com", value: "{{workload}}", otherwise: base}
)");
  CHECK(errors == "");
  CHECK(settings.has_tls);
  CHECK(settings.tls.ca_file == "/etc/haproxy/burst-ca.pem");
  CHECK(settings.tls.server_name == "{{workload}}.internal");
  CHECK(settings.tls.certificate == "/etc/haproxy/own.pem");
  CHECK(settings.tls.verifies);
  CHECK(settings.has_map);
  CHECK(settings.map.file == "/etc/haproxy/burst.map");
  CHECK(settings.map.key == "{{workload}}.example.com");
  CHECK(settings.map.value == "{{workload}}");
  CHECK(settings.map.otherwise == "base");
}

TEST_CASE("TLS that verifies nothing, or a map that workloads share, is an error of the config") {
  struct Row {
    const char* text;
    const char* words;
  };
  for (const Row& row :
       {Row{"tls: {server_name: x}", "ca_file is needed"},
        Row{"tls: {ca_file: /a, verify: false}", "of no use"},
        Row{"tls: {ca_file: '/a; quit'}", "ca_file"},
        Row{"tls: {ca_file: /a, server_name: 'x) y'}", "server_name"},
        Row{"slots: aci, tls: {ca_file: /a}", "server-template"},
        Row{"map: {key: k, value: v}", "file"}, Row{"map: {file: /m, key: k}", "value"},
        Row{"map: {file: /m, key: 'a b', value: v}", "key"},
        Row{"map: {file: /m, key: k, value: 'v; quit'}", "value"},
        Row{"map: {file: /m, key: k, value: v}", "{{workload}}"},
        Row{"map: {file: /m, value: v, otherwise: v}", "must differ"}}) {
    CAPTURE(row.text);
    const auto read{read_yaml<haproxy::Settings>("{sockets: [unix:/run/h.sock], " +
                                                 std::string{row.text} + "}")};
    CAPTURE(read.errors);
    CHECK(read.errors.find(row.words) != std::string::npos);
  }
  CHECK(read_yaml<haproxy::Settings>(
            "{sockets: [unix:/run/h.sock], backend: be, map: {file: /m, key: k, value: v}}")
            .errors == "");
  CHECK(
      read_yaml<haproxy::Settings>("{sockets: [unix:/run/h.sock], tls: {verify: false}}").errors ==
      "");
}

TEST_CASE("haproxy settings that could bend a command are errors of the config file") {
  for (const std::string bad :
       {"sockets: [/run/haproxy.sock]", "backend: a b", "backend: \"a;b\"", "prefix: \"x \"",
        "prefix: \"\"", "slots: \"a;b\"", "options: \"check; quit\"", "options: \"a\\nb\"",
        "base_weight: 257", "base_weight: 0", "unreachable: ignore", "slots: spillway-aci"}) {
    CAPTURE(bad);
    std::string text{bad};
    if (!bad.starts_with("sockets")) text += "\nsockets: [unix:/s]";
    CHECK(read_yaml<haproxy::Settings>(text).errors != "");
  }
}

TEST_CASE("http_sd takes a port and labels that Prometheus accepts") {
  const auto [settings, errors] =
      read_yaml<http_sd::Settings>("port: 9100\nlabels: {job: web, __metrics_path__: /stats}");
  CHECK(errors == "");
  CHECK(settings.port == 9100);
  CHECK(settings.labels.at("__metrics_path__") == "/stats");
  CHECK(read_yaml<http_sd::Settings>("labels: {my-job: web}").errors != "");
  CHECK(read_yaml<http_sd::Settings>("labels: {1a: web}").errors != "");
  CHECK(read_yaml<http_sd::Settings>("port: 70000").errors != "");
}

TEST_CASE("every template_file setting is read, and placeholders are filled in") {
  const auto [settings, errors] = read_yaml<template_file::Settings>(R"(
template: /etc/spillway/t
file: "/etc/nginx/{{workload}}.conf"
validate: [nginx, -t, -c, "{{new_file}}"]
reload: [sh, -c, "echo {{workload}} {{file}}"]
base_weight: 10
timeout: 1s
)");
  CHECK(errors == "");
  CHECK(template_file::serves_many(settings));
  CHECK(template_file::validates_apart(settings));
  CHECK(template_file::file_of(settings, "web") == "/etc/nginx/web.conf");
  CHECK(template_file::filled_in(settings.validate, "F", "N", "web") ==
        std::vector<std::string>{"nginx", "-t", "-c", "N"});
  CHECK(template_file::filled_in(settings.reload, "F", "N", "web").back() == "echo web F");
  for (const std::string bad : {"template: t\nfile: /f", "template: /t", "file: /f",
                                "template: /t\nfile: f", "template: /f\nfile: /f",
                                "template: /t\nfile: /f/", "template: /t\nfile: /f\nbase_weight: 0",
                                "template: /t\nfile: /f\nreload: nginx -s reload"}) {
    CAPTURE(bad);
    CHECK(read_yaml<template_file::Settings>(bad).errors != "");
  }
}

TEST_CASE("every dns setting is read, and names are put together") {
  auto [settings, errors] = read_yaml<dns::Settings>(R"(
server: 10.0.0.2:53
zone: example.com.
name: "{{workload}}.burst"
owner: east
ttl: 10s
key: {name: spillway, secret: c2VjcmV0, algorithm: hmac-sha512}
timeout: 1s
)");
  CHECK(errors == "");
  CHECK(dns::name_of(settings, "web") == "web.burst.example.com");
  CHECK(dns::serves_many(settings));
  CHECK(settings.has_key);
  CHECK(settings.key.algorithm == dns::Algorithm::hmac_sha512);
  settings.name = "@";
  CHECK(dns::name_of(settings, "web") == "example.com");
  CHECK_FALSE(dns::serves_many(settings));
  const std::string usual{"server: 10.0.0.2:53\nzone: example.com\n"};
  CHECK(read_yaml<dns::Settings>(usual).errors == "");
  for (const std::string bad :
       {"name: a b", "name: \"\"", "owner: \"a b\"", "ttl: 0s", "key: {name: x}",
        "key: {name: x, secret: \"?\"}", "key: {name: x, secret: YQ==, algorithm: md5}"}) {
    CAPTURE(bad);
    CHECK(read_yaml<dns::Settings>(usual + bad).errors != "");
  }
  CHECK(read_yaml<dns::Settings>("server: 10.0.0.2\nzone: a").errors != "");
  CHECK(read_yaml<dns::Settings>("server: \"10.0.0.2:53\"\nzone: a..b").errors != "");
}

TEST_CASE("domain names are checked as DNS limits them") {
  CHECK(dns::is_domain_name("a.b-c._d."));
  CHECK(dns::is_domain_name(std::string(63, 'a')));
  for (const std::string bad : {"", ".", "a..b", ".a", "a b", "a\\.b"}) {
    CAPTURE(bad);
    CHECK_FALSE(dns::is_domain_name(bad));
  }
  CHECK_FALSE(dns::is_domain_name(std::string(64, 'a')));
  std::string long_name{"a"};
  while (long_name.size() < 254) long_name += ".a";
  CHECK_FALSE(dns::is_domain_name(long_name));
}

TEST_CASE("every etcd setting is read, and mistakes between them are found") {
  const auto [settings, errors] = read_yaml<etcd::Settings>(R"(
urls: [https://e1:2379, https://e2:2379]
prefix: "/skydns/local/skydns/{{workload}}/"
registry: "/spillway/{{workload}}/"
user: spillway
password: secret
ca_file: /ca.pem
certificate_file: /c.pem
key_file: /k.pem
timeout: 1s
)");
  CHECK(errors == "");
  CHECK(etcd::serves_many(settings));
  CHECK(etcd::keys_of(settings.prefix, "web") == "/skydns/local/skydns/web/");
  const std::string usual{"urls: [http://127.0.0.1:2379]\n"};
  CHECK(read_yaml<etcd::Settings>(usual).errors == "");
  for (const std::string bad :
       {"prefix: /a", "prefix: \"\"", "user: x", "password: x", "key_file: /k", "prefix: /a/",
        "prefix: \"/{{workload}}/\"\nregistry: \"/{{workload}}/x/\""}) {
    CAPTURE(bad);
    CHECK(read_yaml<etcd::Settings>(usual + bad).errors != "");
  }
  CHECK(read_yaml<etcd::Settings>("urls: [\"unix:/s\"]").errors != "");
  CHECK(read_yaml<etcd::Settings>("user: a").errors != "");
}
