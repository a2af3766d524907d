#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "controller/settings/document.hpp"
#include "controller/settings/effective.hpp"
#include "controller/settings/json_schema.hpp"
#include "controller/settings/reference.hpp"
#include "controller/settings/yaml_reader.hpp"
#include "controller/settings/yaml_text.hpp"
#include "tests/settings/bakery.hpp"
#include "tests/settings/fake_environment.hpp"
#include "tests/settings/json_validator.hpp"

namespace spillway::writers_test {

using namespace spillway::settings;

namespace {

NodePtr parse(std::string_view text) {
  Complaints complaints;
  return parse_document(text, complaints.add_file("f.yaml"), complaints);
}

/// Reads `text` into `shop` and returns the errors.
std::string read(std::string_view text, bakery::Shop& shop) {
  Complaints complaints;
  const NodePtr root{parse_document(text, complaints.add_file("f.yaml"), complaints)};
  if (root) {
    read_settings(
        *root, [&](Fields& fields) { describe(fields, shop); }, FakeEnvironment{}, complaints);
  }
  return to_string(complaints.sorted());
}

std::string effective(bakery::Shop shop) {
  return effective_yaml([&](Fields& fields) { describe(fields, shop); });
}

boost::json::object shop_schema() {
  bakery::Shop scratch;
  return json_schema([&](Fields& fields) { describe(fields, scratch); });
}

}  // namespace

TEST_CASE("the effective config has defaults written out and secrets hidden") {
  bakery::Shop shop;
  REQUIRE(read(bakery::full_document, shop) == "");
  CHECK(effective(shop) == R"(name: "Joe's"
seats: 12
tables: 3
is_open: false
price: 2.25
memory: 2 GB
rate: 10/s
budget: 20 USD
wage: 15 USD/h
password: "***"
size: large
urls: [http://a, http://b]
labels: {team: web, tier: "1"}
keys: {door: "***"}
garden:
  trees: 4
limits:
  low: 2
  high: 5
steps:
  - type: oven
    bake: 1m30s
    heat: 70%
  - type: pan
    eggs: 3
ovens:
  big:
    bake: 10m
    heat: 50%
  small:
    bake: 10m
    heat: 25%
)");
}

TEST_CASE("the effective config reads back as the same config") {
  bakery::Shop shop;
  REQUIRE(read(bakery::full_document, shop) == "");
  shop.labels = {{"dollar", "${HOME} $${X} $5"},
                 {"quotes", "a\"b\\c\n\td\x01"},
                 {"yes", "no"},
                 {"number", "007"},
                 {"colon", "a: b # c"},
                 {"empty", ""},
                 {"umlaut", "äöü"}};
  shop.price = 0.1 + 0.2;
  shop.memory_gb = 1.610612736;
  shop.budget = Money{1};
  const std::string text{effective(shop)};
  bakery::Shop again;
  CHECK(read(text, again) == "");
  CHECK(again.labels == shop.labels);
  CHECK(again.price == shop.price);
  CHECK(again.memory_gb == shop.memory_gb);
  CHECK(again.budget == shop.budget);
  CHECK(effective(again) == text);
}

TEST_CASE("values are printed as people write them, and exactly") {
  CHECK(yaml_ratio(0.7) == "70%");
  CHECK(yaml_ratio(0.005) == "0.5%");
  CHECK(yaml_ratio(1.0 / 3.0) == "0.3333333333333333");
  CHECK(yaml_duration(std::chrono::hours{24 * 30}) == "30d");
  CHECK(yaml_duration(std::chrono::hours{36}) == "36h");
  CHECK(yaml_duration(std::chrono::seconds{90}) == "1m30s");
  CHECK(yaml_money(usd(12.5)) == "12.5 USD");
  CHECK(yaml_money(Money{1}) == "0.000000001 USD");
}

TEST_CASE("the schema and the reader agree on what a config may look like") {
  const boost::json::object schema{shop_schema()};
  struct Row {
    std::string text;
    bool is_valid;
  };
  for (const Row& row : std::vector<Row>{
           {std::string{bakery::full_document}, true},
           {"name: x", true},
           {"name: 5", true},
           {"name: [x]", false},
           {"name: longer than ten", false},
           {"name: ${NAME:-x}", true},
           {"nmae: x", false},
           {"seats: 5", true},
           {"seats: \"5\"", false},
           {"seats: ${SEATS:-5}", true},
           {"seats: 0", false},
           {"seats: 1.5", false},
           {"tables:", false},
           {"is_open: true", true},
           {"is_open: yes", false},
           {"price: 3", true},
           {"price: -1", false},
           {"memory: 512 MiB", true},
           {"memory: 1.5", false},
           {"memory: 1 XB", false},
           {"rate: 5", true},
           {"rate: 5/s", true},
           {"rate: 5/day", false},
           {"budget: 20 USD", true},
           {"budget: 20", false},
           {"wage: 20 USD/h", true},
           {"wage: 20 USD", false},
           {"password: x", true},
           {"size: large", true},
           {"size: huge", false},
           {"urls: [http://a]", true},
           {"urls: http://a", false},
           {"urls: []", true},
           {"labels: {a: b}", true},
           {"labels:", true},
           {"labels: [a]", false},
           {"garden: {trees: 1}", true},
           {"garden: {}", false},
           {"garden:", false},
           {"limits:", true},
           {"limits: {low: 1, hihg: 2}", false},
           {"steps: []", true},
           {"steps:", true},
           {"steps: [{type: oven}]", true},
           {"steps: [{type: oven, eggs: 2}]", false},
           {"steps: [{type: pan}]", false},
           {"steps: [{type: stove}]", false},
           {"steps: [{bake: 5m}]", false},
           {"steps: {type: oven}", false},
           {"ovens: {a: {}}", true},
           {"ovens: {a: }", true},
           {"ovens: {a: {bake: 5m}}", true},
           {"ovens: {a: {bake: 5}}", false},
           {"ovens: {a: {bake: 1m30s}}", true},
           {"ovens: {a: {bake: 5x}}", false},
           {"ovens: {a: {heat: 70%}}", true},
           {"ovens: {a: {heat: 0.7}}", true},
           {"ovens: {a: {heat: 70}}", false},
           {"ovens: {a b: {}}", false},
       }) {
    CAPTURE(row.text);
    const NodePtr root{parse(row.text)};
    REQUIRE(root);
    bakery::Shop shop;
    CHECK((read(row.text, shop) == "") == row.is_valid);
    CHECK(validate(schema, json_of(*root)).empty() == row.is_valid);
  }
}

TEST_CASE("the schema carries defaults, help and ranges") {
  const boost::json::object schema{shop_schema()};
  CHECK(schema.at("$schema") == "https://json-schema.org/draft/2020-12/schema");
  CHECK(schema.at("additionalProperties") == false);
  const auto& properties{schema.at("properties").as_object()};
  CHECK(properties.at("seats").at("default") == 8);
  CHECK(properties.at("seats").at("description") == "Chairs.");
  CHECK(properties.at("seats").at("anyOf").at(0).at("maximum") == 100);
  CHECK_FALSE(properties.at("password").as_object().contains("default"));
}

TEST_CASE("the reference is a table for each section and each type") {
  bakery::Shop scratch;
  const std::string text{reference_markdown([&](Fields& fields) { describe(fields, scratch); })};
  for (const std::string_view line :
       {"| `seats` | a whole number from 1 to 100 | `8` | Chairs. |",
        "| `garden` | section | left out | Outside. |", "## `garden`", "## `ovens.NAME`",
        "| `type` | `oven`, `pan` | **required** | The tool. |", "## `steps[]` of type `pan`",
        "| `eggs` | a whole number of at least 1 | **required** | Eggs. |",
        "| `bake` | a duration from 1m to 1h, such as 5m | `10m` | How long. |"}) {
    CAPTURE(line);
    CHECK(text.find(line) != text.npos);
  }
}

}  // namespace spillway::writers_test
