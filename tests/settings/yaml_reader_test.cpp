#include "controller/settings/yaml_reader.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <vector>

#include "controller/settings/document.hpp"
#include "tests/settings/bakery.hpp"
#include "tests/settings/fake_environment.hpp"
#include "tests/support/printing.hpp"

namespace spillway::yaml_reader_test {

using namespace spillway::settings;
using namespace std::chrono_literals;

namespace {

struct ReadShop {
  bakery::Shop shop{};
  std::string errors{};
};

ReadShop read(std::string_view text, const FakeEnvironment& environment = {}) {
  Complaints complaints;
  const std::size_t file{complaints.add_file("etc/shop.yaml")};
  const NodePtr root{parse_document(text, file, complaints)};
  ReadShop result;
  if (root) {
    read_settings(
        *root, [&](Fields& fields) { describe(fields, result.shop); }, environment, complaints);
  }
  result.errors = to_string(complaints.sorted());
  return result;
}

}  // namespace

TEST_CASE("every kind of setting is read") {
  const auto [shop, errors]{read(bakery::full_document)};
  CHECK(errors == "");
  CHECK(shop.name == "Joe's");
  CHECK(shop.seats == 12);
  CHECK(shop.tables == 3);
  CHECK_FALSE(shop.is_open);
  CHECK(shop.price == 2.25);
  CHECK(shop.memory_gb == 2.0);
  CHECK(shop.rate == 10.0);
  CHECK(shop.budget == usd(20));
  CHECK(shop.wage == HourlyPrice{usd(15)});
  CHECK(shop.password == "hunter2");
  CHECK(shop.size == 2);
  CHECK(shop.urls == std::vector<std::string>{"http://a", "http://b"});
  CHECK(shop.labels == std::map<std::string, std::string>{{"team", "web"}, {"tier", "1"}});
  CHECK(shop.keys == std::map<std::string, std::string>{{"door", "abc"}});
  CHECK(shop.has_garden);
  CHECK(shop.trees == 4);
  CHECK(shop.low == 2);
  CHECK(shop.high == 5);
  REQUIRE(shop.steps.size() == 2);
  CHECK(std::get<bakery::Oven>(shop.steps[0].tool).bake == 90s);
  CHECK(std::get<bakery::Oven>(shop.steps[0].tool).heat == 0.7);
  CHECK(std::get<bakery::Pan>(shop.steps[1].tool).eggs == 3);
  REQUIRE(shop.ovens.size() == 2);
  CHECK(shop.ovens.at("big").heat == 0.5);
  CHECK(shop.ovens.at("small").heat == 0.25);
}

TEST_CASE("what is left out keeps its default, and a commented-out section is empty") {
  const auto [shop, errors]{read("limits:\n  # low: 3\nsteps:\nname: x\n")};
  CHECK(errors == "");
  CHECK(shop.seats == 8);
  CHECK(shop.low == 1);
  CHECK_FALSE(shop.has_garden);
  CHECK_FALSE(shop.rate);
}

TEST_CASE("each mistake is told with place, path, what was found and what is expected") {
  struct Row {
    std::string text;
    std::string error;
  };
  const std::string seats{"expected a whole number from 1 to 100"};
  const std::string section{"expected a section of keys with values"};
  const std::vector<Row> rows{
      // Unknown keys.
      {"seat: 1", "1:1: seat: unknown key; did you mean \"seats\"?"},
      {"Name: x", "1:1: Name: unknown key; did you mean \"name\"?"},
      {"steps:\n  - type: oven\n    bakke: 5m",
       "3:5: steps[0].bakke: unknown key; did you mean \"bake\"?"},
      {"steps:\n  - type: pan\n    eggs: 1\n    bake: 5m",
       "4:5: steps[0].bake: unknown key; known here: type, eggs"},
      {"trees: 3",
       "1:1: trees: unknown key; known here: name, seats, tables, is_open, price, "
       "memory, rate, budget, wage, password, size, urls, labels, keys, garden, "
       "limits, steps, ovens"},
      {"low: 3", "1:1: low: unknown key; it belongs into the section \"limits\""},
      {"ovens:\n  big:\n    colour: red",
       "3:5: ovens.big.colour: unknown key; known here: bake, heat"},
      // Wrong types.
      {"seats: [1]", "1:8: seats: found a list; " + seats},
      {"seats:", "1:1: seats: found nothing; " + seats},
      {"seats: {}", "1:8: seats: found a section; " + seats},
      {"seats: many", "1:8: seats: \"many\" is not a whole number; " + seats},
      {"seats: \"5\"", "1:8: seats: \"5\" is a quoted text; " + seats + ", without quotes"},
      {"is_open: yes", "1:10: is_open: \"yes\" is neither true nor false; expected true or false"},
      {"limits: 5", "1:9: limits: found \"5\"; " + section},
      {"steps: {type: oven}",
       "1:8: steps: found a section; expected a list of sections, each beginning with \"- \""},
      {"steps: [oven]", "1:9: steps[0]: found \"oven\"; " + section},
      {"ovens: [a]",
       "1:8: ovens: found a list; expected a section of names, each with a section of its own"},
      {"urls: http://a",
       "1:7: urls: found \"http://a\"; expected a list, each a URL such as "
       "http://127.0.0.1:9090, in [ ]"},
      {"labels: x", "1:9: labels: found \"x\"; expected a section of names, each with a text"},
      {"labels: {a: [1]}", "1:13: labels.a: found a list; expected a text"},
      // Values.
      {"seats: 0", "1:8: seats: \"0\" is out of range; " + seats},
      {"price: -1", "1:8: price: \"-1\" is out of range; expected a number of at least 0"},
      {"price: .nan", "1:8: price: \".nan\" is not a number; expected a number of at least 0"},
      {"rate: 1000/s",
       "1:7: rate: \"1000/s\" is out of range; expected a rate from 0.1/s to 100/s, such as 10/s "
       "or 600/min"},
      {"memory: 1.5",
       "1:9: memory: \"1.5\" has no unit; expected memory of at least 0.5 GB, such as 1.5 GB or "
       "512 MiB"},
      {"budget: 20", "1:9: budget: \"20\" has no currency; expected an amount such as 20 USD"},
      {"wage: 20 USD",
       "1:7: wage: \"20 USD\" is an amount without \"/h\"; expected a price such as 0.06 USD/h"},
      {"ovens: {a: {bake: 30}}",
       "1:19: ovens.a.bake: \"30\" has no unit; expected a duration from 1m to 1h, such as 5m"},
      {"ovens: {a: {bake: 2h}}",
       "1:19: ovens.a.bake: \"2h\" is out of range; expected a duration from 1m to 1h, such as 5m"},
      {"ovens: {a: {heat: 70}}",
       "1:19: ovens.a.heat: \"70\" is out of range, did you mean 70%?; expected a share from 5% to "
       "100%, such as 70% or 0.7"},
      {"size: larg",
       "1:7: size: \"larg\" is not one of small, medium, large; did you mean \"large\"?"},
      {"size: 3", "1:7: size: \"3\" is not one of small, medium, large"},
      {"name: a far too long name",
       "1:7: name: \"a far too long name\" has 19 characters; at most 10 are allowed"},
      {"urls: [http://a, ftp://b]",
       "1:18: urls[1]: \"ftp://b\" is not valid; expected a URL such as http://127.0.0.1:9090"},
      {"urls: ['ftp://me:secret@b']",
       "1:8: urls[0]: the URL has a name or a password in it; expected a URL such as "
       "http://127.0.0.1:9090; these have keys of their own (username and password, bearer_token, "
       "or login)"},
      // Missing.
      {"garden: {}",
       "1:1: garden.trees: required key is missing; expected a whole number of at least 0"},
      {"steps:\n  - bake: 5m",
       "2:5: steps[0].type: required key is missing; expected one of oven, pan"},
      {"steps:\n  - type: stove\n    x: 1",
       "2:11: steps[0].type: there is no type \"stove\"; expected one of oven, pan"},
      {"steps:\n  - type: ovne",
       "2:11: steps[0].type: there is no type \"ovne\", did you mean \"oven\"?; expected one of "
       "oven, pan"},
      // Rules.
      {"limits: {low: 9}", "1:1: limits: low must not exceed high"},
      {"ovens: {a b: {}}",
       "1:9: ovens.\"a b\": a name must have 1 to 63 letters, digits, \"-\" or \"_\" and begin "
       "with a letter or digit"},
      // The environment.
      {"seats: ${SEATS}",
       "1:8: seats: \"${SEATS}\" refers to the environment variable SEATS, which is not set (write "
       "${SEATS:-default} for a default, $${ for a literal ${)"},
      {"name: ${a-b}",
       "1:7: name: \"${a-b}\" refers to \"a-b\", which is no variable name (write $${ for a "
       "literal ${)"},
      {"name: ${A", "1:7: name: \"${A\" has a ${ without its } (write $${ for a literal ${)"},
      {"password: file:key",
       "1:11: password: the secret names the file etc/key, which cannot be read: No such file or "
       "directory"},
      {"password: 0123456789-0123456789-",
       "1:11: password: the secret has 22 characters; at most 20 are allowed"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    CHECK(read(row.text).errors == "etc/shop.yaml:" + row.error + "\n");
  }
}

TEST_CASE("a misspelt key is one mistake, even where it breaks a rule or leaves a gap") {
  CHECK(read("steps:\n  - type: pan\n    egs: 3\n").errors ==
        "etc/shop.yaml:3:5: steps[0].egs: unknown key; did you mean \"eggs\"?\n");
  CHECK(read("limits: {low: 9, hihg: 20}").errors ==
        "etc/shop.yaml:1:18: limits.hihg: unknown key; did you mean \"high\"?\n");
}

TEST_CASE("a text in the place of secrets is not shown") {
  CHECK(read("keys: hunter2").errors ==
        "etc/shop.yaml:1:7: keys: found a single text; expected a section of names, each with a "
        "text\n");
}

TEST_CASE("all mistakes are told at once, in the order of the file") {
  CHECK(read("seats: x\nprize: 1\nprice: -1\nname: y\nsteps:\n  - type: pan\n").errors ==
        "etc/shop.yaml:1:8: seats: \"x\" is not a whole number; expected a whole number from 1 to "
        "100\n"
        "etc/shop.yaml:2:1: prize: unknown key; did you mean \"price\"?\n"
        "etc/shop.yaml:3:8: price: \"-1\" is out of range; expected a number of at least 0\n"
        "etc/shop.yaml:6:5: steps[0].eggs: required key is missing; expected a whole number of at "
        "least 1\n");
}

TEST_CASE("a rule over several settings is silent while one of them is unreadable") {
  CHECK(read("limits: {low: 9, high: x}").errors ==
        "etc/shop.yaml:1:24: limits.high: \"x\" is not a whole number; expected a whole number of "
        "at least 0\n");
}

TEST_CASE("values come from the environment, with defaults and a literal dollar") {
  FakeEnvironment environment;
  environment.variables = {{"SEATS", "20"}, {"EMPTY", ""}, {"TEAM", "web"}};
  const auto [shop, errors]{
      read("seats: ${SEATS}\nprice: \"${PRICE:-2.5}\"\nname: $5${EMPTY:-x}\n"
           "labels: {a: '${TEAM}-${TEAM}', b: '$${TEAM}'}\n",
           environment)};
  CHECK(errors == "");
  CHECK(shop.seats == 20);
  CHECK(shop.price == 2.5);
  CHECK(shop.name == "$5");
  CHECK(shop.labels.at("a") == "web-web");
  CHECK(shop.labels.at("b") == "${TEAM}");
}

TEST_CASE("secrets come from the environment or from files beside the config") {
  FakeEnvironment environment;
  environment.variables = {{"PASSWORD", "from-env"}, {"DIR", "/run"}};
  environment.files = {{"etc/key", "from-file\n"}, {"/run/key", "absolute\r\n"}};
  CHECK(read("password: ${PASSWORD}", environment).shop.password == "from-env");
  CHECK(read("password: file:key", environment).shop.password == "from-file");
  CHECK(read("password: file:${DIR}/key", environment).shop.password == "absolute");
  CHECK(read("keys: {a: file:key}", environment).shop.keys.at("a") == "from-file");
  CHECK(read("name: file:key", environment).shop.name == "file:key");
}

TEST_CASE("an empty file or variable was no secret at all, and switched a login off") {
  FakeEnvironment environment;
  environment.variables = {{"PASSWORD", ""}};
  environment.files = {{"etc/key", "\n"}, {"etc/nothing", ""}};
  for (const char* file : {"key", "nothing"}) {
    CAPTURE(file);
    CHECK(read("password: file:" + std::string{file}, environment).errors ==
          "etc/shop.yaml:1:11: password: the secret names the file etc/" + std::string{file} +
              ", which is empty: write the secret there, or leave the key out\n");
  }
  CHECK(read("password: ${PASSWORD}", environment).errors ==
        "etc/shop.yaml:1:11: password: the secret is empty: set the variable, or leave the key out "
        "(${NAME:-} allows it)\n");
  CHECK(read("password: ${PASSWORD:-}", environment).errors == "");
}

TEST_CASE("an error about a secret does not show it") {
  const std::string errors{read("password: a-secret-that-is-far-too-long").errors};
  CHECK(errors != "");
  CHECK(errors.find("far") == errors.npos);
}

TEST_CASE("the number of errors is bounded, and the rest is counted") {
  std::string text;
  for (int i{0}; i < 1000; ++i) text += "unknown" + std::to_string(i) + ": 1\n";
  const std::string errors{read(text).errors};
  CHECK(errors.find("and 900 more errors, not shown") != errors.npos);
  CHECK(errors.size() < 100'000);
}

}  // namespace spillway::yaml_reader_test
