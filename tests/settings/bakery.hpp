// Settings of a made-up shop, with one setting of every kind: what readers and writers are tested
// with.
#pragma once

#include <array>
#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "controller/core/fields.hpp"

namespace bakery {

using spillway::Duration;
using spillway::Fields;
using spillway::Presence;

struct Oven {
  static constexpr std::string_view type{"oven"};
  Duration bake{std::chrono::minutes{10}};
  double heat{0.5};
};
struct Pan {
  static constexpr std::string_view type{"pan"};
  int eggs{2};
};
struct Step {
  std::variant<Oven, Pan> tool{};
};
struct Shop {
  std::string name{"corner"};
  int seats{8};
  std::optional<int> tables{};
  bool is_open{true};
  double price{1.5};
  double memory_gb{1.5};
  std::optional<double> rate{};
  std::optional<spillway::Money> budget{};
  std::optional<spillway::HourlyPrice> wage{};
  std::string password{};
  std::size_t size{0};
  std::vector<std::string> urls{};
  std::map<std::string, std::string> labels{};
  std::map<std::string, std::string> keys{};
  bool has_garden{false};
  int trees{1};
  int low{1};
  int high{5};
  std::vector<Step> steps{};
  std::map<std::string, Oven> ovens{};
};

inline void describe(Fields& fields, Oven& oven) {
  fields.duration("bake", oven.bake, {.min = std::chrono::minutes{1}, .max = std::chrono::hours{1}},
                  "How long.");
  fields.ratio("heat", oven.heat, {.min = 0.05, .max = 1.0}, "How hot.");
}
inline void describe(Fields& fields, Pan& pan) {
  fields.count("eggs", pan.eggs, {.min = 1, .presence = Presence::required}, "Eggs.");
}
inline void describe(Fields& fields, Step& step) {
  spillway::one_of(fields, step.tool, "The tool.");
}
inline void describe(Fields& fields, Shop& shop) {
  static constexpr std::array<std::string_view, 3> sizes{"small", "medium", "large"};
  const auto is_url{[](std::string_view text) { return text.starts_with("http://"); }};
  fields.text("name", shop.name, {.max_length = 10}, "Over the door.");
  fields.count("seats", shop.seats, {.min = 1, .max = 100}, "Chairs.");
  fields.optional_count("tables", shop.tables, {}, "Tables.");
  fields.flag("is_open", shop.is_open, "Open.");
  fields.number("price", shop.price, {.min = 0.0}, "Of a bun.");
  fields.memory_gb("memory", shop.memory_gb, {.min = 0.5}, "Of the till.");
  fields.rate_per_second("rate", shop.rate, {.min = 0.1, .max = 100.0}, "Buns.");
  fields.money("budget", shop.budget, "For flour.");
  fields.hourly_price("wage", shop.wage, "Of the baker.");
  fields.secret("password", shop.password, {.max_length = 20}, "Of the till.");
  fields.choice("size", shop.size, sizes, "Of the shop.");
  fields.texts("urls", shop.urls,
               {.expected = "a URL such as http://127.0.0.1:9090", .is_valid = is_url}, "Sites.");
  fields.text_map("labels", shop.labels, {}, "Labels.");
  fields.secret_map("keys", shop.keys, {}, "Keys.");
  fields.optional_section(
      "garden", shop.has_garden,
      [&](Fields& inner) {
        inner.count("trees", shop.trees, {.presence = Presence::required}, "Trees.");
      },
      "Outside.");
  fields.section(
      "limits",
      [&](Fields& inner) {
        inner.count("low", shop.low, {}, "Low.");
        inner.count("high", shop.high, {}, "High.");
        inner.require(shop.low <= shop.high, "low must not exceed high");
      },
      "Limits.");
  spillway::list_of(fields, "steps", shop.steps, Presence::optional, "The recipe.");
  spillway::map_of(fields, "ovens", shop.ovens, Presence::optional, "By name.");
}

/// Every setting, with another value than the default.
inline constexpr std::string_view full_document{R"(name: Joe's
seats: 12
tables: 3
is_open: false
price: 2.25
memory: 2 GB
rate: 600/min
budget: 20 USD
wage: 15 USD/h
password: hunter2
size: large
urls: [http://a, http://b]
labels: {team: web, tier: 1}
keys:
  door: abc
garden:
  trees: 4
limits: {low: 2}
steps:
  - type: oven
    bake: 1m30s
    heat: 70%
  - {type: pan, eggs: 3}
ovens:
  big: {}
  small: {heat: 0.25}
)"};

}  // namespace bakery
