#include "controller/traffic/template_file/template.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "controller/io/atomic_file.hpp"
#include "tests/support/printing.hpp"

namespace spillway::template_test {

using template_file::Template;
using template_file::View;

namespace {

View two_replicas() {
  return {
      .workload = "web",
      .replicas = {
          {.group = "web-1", .ip = "10.0.0.4", .port = 80, .weight = 10},
          {.group = "web-2", .ip = "fd00::7", .port = 8080, .weight = 5, .is_admitted = false}}};
}

std::string rendered(std::string_view text, const View& view) {
  const auto parsed = Template::parse(text);
  REQUIRE(parsed);
  return parsed->render(view);
}

std::string mistake(std::string_view text) {
  const auto parsed = Template::parse(text);
  return parsed ? "" : parsed.error().context;
}

}  // namespace

TEST_CASE("a template without tags is the text itself") {
  CHECK(rendered("", {}) == "");
  CHECK(rendered("a { b }\n", {}) == "a { b }\n");
}

TEST_CASE("a list is repeated for each replica, with its own values") {
  const std::string text{
      "{{#replicas}}{{workload}} {{group}} {{ip}} {{port}} {{address}} {{weight}} "
      "{{state}};{{/replicas}}"};
  CHECK(rendered(text, two_replicas()) ==
        "web web-1 10.0.0.4 80 10.0.0.4:80 10 admitted;"
        "web web-2 fd00::7 8080 [fd00::7]:8080 5 draining;");
  CHECK(rendered(text, {.workload = "web"}) == "");
}

TEST_CASE("flags, lists by state, and the empty list") {
  const View view{two_replicas()};
  CHECK(rendered("{{#replicas}}{{group}}{{#draining}} down{{/draining}}{{^draining}} "
                 "up{{/draining}};{{/replicas}}",
                 view) == "web-1 up;web-2 down;");
  CHECK(rendered("{{#admitted_replicas}}{{group}}{{/admitted_replicas}}", view) == "web-1");
  CHECK(rendered("{{#draining_replicas}}{{group}}{{/draining_replicas}}", view) == "web-2");
  CHECK(rendered("{{^admitted_replicas}}none{{/admitted_replicas}}", view) == "");
  CHECK(rendered("{{^replicas}}none{{/replicas}}", {}) == "none");
}

TEST_CASE("commas between the elements of a JSON list") {
  const std::string text{"[{{#replicas}}\"{{address}}\"{{^last}}, {{/last}}{{/replicas}}]"};
  CHECK(rendered(text, two_replicas()) == R"(["10.0.0.4:80", "[fd00::7]:8080"])");
  CHECK(rendered("{{#replicas}}{{^first}},{{/first}}{{port}}{{/replicas}}", two_replicas()) ==
        "80,8080");
}

TEST_CASE("tags alone on a line leave no empty line behind") {
  const std::string text{
      "upstream {{workload}} {\n"
      "  {{! those of the cluster }}\n"
      "  server base;\n"
      "  {{#replicas}}\n"
      "  server {{address}};\n"
      "  {{/replicas}}\r\n"
      "}\n"};
  CHECK(rendered(text, two_replicas()) ==
        "upstream web {\n  server base;\n  server 10.0.0.4:80;\n  server [fd00::7]:8080;\n}\n");
}

TEST_CASE("mistakes are told with line and column and what is known there") {
  const std::vector<std::pair<std::string, std::string>> mistakes{
      {"a\n {{adress}}", "line 2, column 2: \"adress\" is not known here; expected workload"},
      {"{{#replicas}}{{adress}}{{/replicas}}", "expected workload, group, ip, port, address"},
      {"{{group}}", "inside of {{#replicas}}"},
      {"{{#servers}}{{/servers}}", "expected the lists replicas, admitted_replicas"},
      {"{{#replicas}}{{#replicas}}{{/replicas}}{{/replicas}}", "expected the flags admitted"},
      {"{{#replicas}}\n", "line 1, column 1: the section replicas is not closed"},
      {"{{/replicas}}", "closes a section that is not open"},
      {"{{#replicas}}{{#first}}{{/replicas}}{{/first}}", "{{/first}} has to come first"},
      {"{{workload", "this {{ has no }}"},
      {"{{}}", "\"\" is not known here"},
      {"{{{workload}}}", "\"{workload\" is not known here"},
      {"{{^replicas}}{{ip}}{{/replicas}}", "inside of {{#replicas}}"},
  };
  for (const auto& mistaken : mistakes) {
    CAPTURE(mistaken.first);
    CHECK(mistake(mistaken.first).find(mistaken.second) != std::string::npos);
  }
}

TEST_CASE("a template has limits") {
  CHECK(mistake(std::string(template_file::template_bytes_max + 1, 'x')).find("more than") == 0);
  std::string many{};
  for (int i{0}; i < 5000; ++i) many += "{{workload}}";
  CHECK(mistake(many) == "more than 4096 tags");
  std::string deep{"{{#replicas}}"};
  for (int i{0}; i < 20; ++i) deep += "{{#first}}";
  CHECK(mistake(deep).find("too deep") != std::string::npos);
}

TEST_CASE("the templates that we ship begin and end as the programs that read them expect") {
  const std::vector<std::pair<std::string, std::string>> shipped{
      {"nginx-upstream.conf", "upstream web {\n    zone web 128k;\n"},
      {"traefik-service.yaml", "http:\n  services:\n    web:\n"},
      {"caddy-site.caddyfile", "(web_upstreams) {\n\treverse_proxy {\n"}};
  for (const auto& each : shipped) {
    CAPTURE(each.first);
    const auto text =
        io::read_file(std::string{SPILLWAY_SOURCE_ROOT} + "/config/templates/" + each.first, 10000);
    REQUIRE(text);
    const std::string written{rendered(*text, two_replicas())};
    CHECK(written.starts_with(each.second));
    CHECK(written.find("{{") == std::string::npos);
    CHECK(written.find("10.0.0.4:80") != std::string::npos);
  }
}

}  // namespace spillway::template_test
