#include "controller/settings/json_schema.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <optional>
#include <utility>
#include <vector>

#include "controller/settings/wording.hpp"
#include "controller/settings/yaml_reader.hpp"
#include "controller/settings/yaml_text.hpp"

namespace spillway::settings {
namespace {

namespace json = boost::json;

/// Keys, their schemas and which of them must be there.
struct Keys {
  json::object properties{};
  json::array required{};
};

json::object reference(std::string_view definition) {
  return {{"$ref", "#/$defs/" + std::string{definition}}};
}

/// What every value may be instead: a variable of the environment.
json::object or_variable(json::value schema) {
  return {{"anyOf", json::array{std::move(schema), reference("variable")}}};
}

json::object text_schema(const TextRule& rule) {
  json::object schema{{"type", json::array{"string", "number", "boolean"}}};
  if (rule.presence == Presence::required) schema["minLength"] = 1;
  if (rule.max_length >= TextRule{}.max_length) return schema;
  schema["maxLength"] = rule.max_length;
  return or_variable(std::move(schema));
}

class SchemaWriter final : public Fields {
 public:
  void number(std::string_view key, double& value, NumberRange range,
              std::string_view help) override {
    add(key, or_variable(bounded("number", range)), range.presence, value, help);
  }
  void ratio(std::string_view key, double& value, NumberRange range,
             std::string_view help) override {
    json::object schema{{"anyOf", json::array{bounded("number", range), reference("percentage")}}};
    add(key, std::move(schema), range.presence, string_of(yaml_ratio(value)),
        with_words(help, words_for_ratio(range)));
  }
  void rate_per_second(std::string_view key, std::optional<double>& value, NumberRange range,
                       std::string_view help) override {
    json::object schema{{"anyOf", json::array{bounded("number", range), reference("rate")}}};
    add(key, std::move(schema), range.presence, value ? string_of(yaml_rate(*value)) : nothing(),
        with_words(help, words_for_rate(range)));
  }
  void count(std::string_view key, int& value, CountRange range, std::string_view help) override {
    add(key, or_variable(bounded(range)), range.presence, value, help);
  }
  void optional_count(std::string_view key, std::optional<int>& value, CountRange range,
                      std::string_view help) override {
    add(key, or_variable(bounded(range)), range.presence,
        value ? std::optional<json::value>{*value} : nothing(), help);
  }
  void flag(std::string_view key, bool& value, std::string_view help) override {
    add(key, or_variable({{"type", "boolean"}}), Presence::optional, value, help);
  }
  void duration(std::string_view key, Duration& value, DurationRange range,
                std::string_view help) override {
    add(key, reference("duration"), range.presence, string_of(yaml_duration(value)),
        with_words(help, words_for_duration(range)));
  }
  void optional_duration(std::string_view key, std::optional<Duration>& value, DurationRange range,
                         std::string_view help) override {
    add(key, reference("duration"), range.presence,
        value ? string_of(yaml_duration(*value)) : nothing(),
        with_words(help, words_for_duration(range)));
  }
  void money(std::string_view key, std::optional<Money>& value, std::string_view help) override {
    add(key, reference("money"), Presence::optional,
        value ? string_of(yaml_money(*value)) : nothing(), help);
  }
  void hourly_price(std::string_view key, std::optional<HourlyPrice>& value,
                    std::string_view help) override {
    add(key, reference("hourly_price"), Presence::optional,
        value ? string_of(yaml_hourly_price(*value)) : nothing(), help);
  }
  void memory_gb(std::string_view key, double& value, NumberRange range,
                 std::string_view help) override {
    add(key, reference("memory"), range.presence, string_of(yaml_memory(value)),
        with_words(help, words_for_memory(range)));
  }
  void text(std::string_view key, std::string& value, TextRule rule,
            std::string_view help) override {
    add(key, text_schema(rule), rule.presence, value.empty() ? nothing() : string_of(value),
        with_rule(help, rule));
  }
  void secret(std::string_view key, std::string&, TextRule rule, std::string_view help) override {
    add(key, text_schema({rule.presence}), rule.presence, nothing(),
        with_words(help, "a secret: ${NAME}, file:/path, or the text itself"));
  }
  void choice(std::string_view key, std::size_t& index, std::span<const std::string_view> words,
              std::string_view help) override {
    json::array allowed;
    for (const std::string_view word : words) allowed.emplace_back(std::string{word});
    add(key, or_variable({{"enum", std::move(allowed)}}), Presence::optional,
        index < words.size() ? string_of(std::string{words[index]}) : nothing(), help);
  }
  void texts(std::string_view key, std::vector<std::string>& values, TextRule rule,
             std::string_view help) override {
    TextRule each{rule};
    each.presence = Presence::required;
    json::object schema{{"type", "array"}, {"items", text_schema(each)}};
    if (rule.presence == Presence::required) schema["minItems"] = 1;
    json::array preset;
    for (const std::string& value : values) preset.emplace_back(value);
    add(key, std::move(schema), rule.presence,
        preset.empty() ? nothing() : std::optional<json::value>{std::move(preset)},
        with_rule(help, rule));
  }
  void text_map(std::string_view key, std::map<std::string, std::string>&, TextRule rule,
                std::string_view help) override {
    TextRule each{rule};
    each.presence = Presence::optional;
    json::object names{{"minLength", 1}, {"maxLength", 256}};
    add(key,
        {{"type", json::array{"object", "null"}},
         {"propertyNames", std::move(names)},
         {"additionalProperties", text_schema(each)}},
        rule.presence, nothing(), with_rule(help, rule));
  }
  void secret_map(std::string_view key, std::map<std::string, std::string>& values, TextRule rule,
                  std::string_view help) override {
    text_map(key, values, {rule.presence}, help);
  }

  void section(std::string_view key, const Describe& describe, std::string_view help) override {
    SchemaWriter inner;
    describe(inner);
    // A section with required keys is required itself.
    const bool is_required{inner.has_required()};
    add(key, inner.schema(true), is_required ? Presence::required : Presence::optional, nothing(),
        help);
  }
  void optional_section(std::string_view key, bool&, const Describe& describe,
                        std::string_view help) override {
    SchemaWriter inner;
    describe(inner);
    add(key, inner.schema(true), Presence::optional, nothing(), help);
  }
  void sections(std::string_view key, std::size_t, const DescribeElement& describe,
                Presence presence, std::string_view help) override {
    SchemaWriter inner;
    describe(inner, 0);
    json::object schema{{"type", type_or_null("array", presence)}, {"items", inner.schema(true)}};
    if (presence == Presence::required) schema["minItems"] = 1;
    add(key, std::move(schema), presence, nothing(), help);
  }
  void named_sections(std::string_view key, const std::vector<std::string>&,
                      const DescribeEntry& describe, Presence presence,
                      std::string_view help) override {
    SchemaWriter inner;
    describe(inner, "name");
    json::object names{{"pattern", std::string{name_pattern}}};
    json::object schema{{"type", type_or_null("object", presence)},
                        {"propertyNames", std::move(names)},
                        {"additionalProperties", inner.schema(true)}};
    if (presence == Presence::required) schema["minProperties"] = 1;
    add(key, std::move(schema), presence, nothing(), help);
  }
  void variant(std::span<const std::string_view> types, std::string_view,
               const DescribeType& describe, std::string_view help) override {
    type_help_ = help;
    for (const std::string_view type : types) {
      SchemaWriter inner;
      describe(inner, type);
      branches_.emplace_back(std::string{type}, std::move(inner.keys_));
    }
  }
  void require(bool, std::string_view) override {}

  bool has_required() const { return !keys_.required.empty() || !branches_.empty(); }

  /// The schema of the section; an optional one may also be written as nothing at all.
  json::object schema(bool may_be_null) const {
    if (branches_.empty()) return object_schema(keys_, may_be_null && keys_.required.empty());
    json::array alternatives;
    for (const auto& [type, keys] : branches_) {
      Keys all{keys_};
      all.properties["type"] = json::object{{"const", type}, {"description", type_help_}};
      all.required.emplace_back("type");
      for (const auto& property : keys.properties) all.properties.insert(property);
      all.required.insert(all.required.end(), keys.required.begin(), keys.required.end());
      alternatives.emplace_back(object_schema(all, false));
    }
    return {{"oneOf", std::move(alternatives)}};
  }

 private:
  static std::optional<json::value> nothing() { return std::nullopt; }
  static std::optional<json::value> string_of(const std::string& text) {
    return json::value(json::string(text));
  }
  static json::value type_or_null(const char* type, Presence presence) {
    if (presence == Presence::required) return json::value(type);
    return json::array{type, "null"};
  }
  static std::string with_words(std::string_view help, const std::string& words) {
    return std::string{help} + " Accepts " + words + ".";
  }
  static std::string with_rule(std::string_view help, const TextRule& rule) {
    return rule.expected.empty() ? std::string{help} : with_words(help, words_for_text(rule));
  }

  static json::object bounded(const char* type, const NumberRange& range) {
    json::object schema{{"type", type}};
    if (range.min > NumberRange{}.min) schema["minimum"] = range.min;
    if (range.max < NumberRange{}.max) schema["maximum"] = range.max;
    return schema;
  }
  static json::object bounded(const CountRange& range) {
    json::object schema{{"type", "integer"}, {"minimum", range.min}};
    if (range.max < CountRange{}.max) schema["maximum"] = range.max;
    return schema;
  }

  static json::object object_schema(const Keys& keys, bool may_be_null) {
    json::object schema{
        {"type", may_be_null ? json::value(json::array{"object", "null"}) : json::value("object")},
        {"properties", keys.properties},
        {"additionalProperties", false}};
    if (!keys.required.empty()) schema["required"] = keys.required;
    return schema;
  }

  void add(std::string_view key, json::object schema, Presence presence,
           std::optional<json::value> preset, std::string_view help) {
    if (!help.empty()) schema["description"] = std::string{help};
    if (preset && presence == Presence::optional) schema["default"] = std::move(*preset);
    if (presence == Presence::required) keys_.required.emplace_back(std::string{key});
    keys_.properties[std::string{key}] = std::move(schema);
  }

  Keys keys_{};
  std::vector<std::pair<std::string, Keys>> branches_{};
  std::string type_help_{};
};

json::object pattern(const char* expression) {
  return or_variable(json::object{{"type", "string"}, {"pattern", expression}});
}

json::object definitions() {
  json::object defs;
  defs["variable"] = json::object{{"type", "string"}, {"pattern", "\\$\\{"}};
  defs["duration"] =
      pattern("^(?=[0-9.])([0-9.]+d)?([0-9.]+h)?([0-9.]+m)?([0-9.]+s)?([0-9.]+ms)?$");
  defs["percentage"] = pattern("^[0-9.]+ *%?$");
  defs["rate"] = pattern("^[0-9.]+( */(s|min|h))?$");
  defs["money"] = pattern("^[0-9.]+ *USD$");
  defs["hourly_price"] = pattern("^[0-9.]+ *USD/h$");
  defs["memory"] = pattern("^[0-9.]+ *(MB|GB|KiB|MiB|Mi|GiB|Gi|TiB)$");
  return defs;
}

void print(const json::value& value, std::string indent, std::string& out) {
  const bool is_short{json::serialize(value).size() + indent.size() < 90};
  if (is_short || (!value.is_object() && !value.is_array())) {
    out += json::serialize(value);
    return;
  }
  const std::string inner{indent + "  "};
  const auto separate{[&](bool is_first) { out += is_first ? "\n" : ",\n"; }};
  bool is_first{true};
  if (const json::object * object{value.if_object()}) {
    out += '{';
    for (const auto& [key, element] : *object) {
      separate(std::exchange(is_first, false));
      out += inner + json::serialize(json::value(key)) + ": ";
      print(element, inner, out);
    }
    out += '\n' + indent + '}';
    return;
  }
  out += '[';
  for (const json::value& element : value.as_array()) {
    separate(std::exchange(is_first, false));
    out += inner;
    print(element, inner, out);
  }
  out += '\n' + indent + ']';
}

}  // namespace

json::object json_schema(const Fields::Describe& describe) {
  SchemaWriter writer;
  describe(writer);
  json::object schema{{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                      {"title", "Spillway configuration"}};
  const json::object root{writer.schema(false)};
  for (const auto& entry : root) schema.insert(entry);
  schema["$defs"] = definitions();
  return schema;
}

std::string json_schema_text(const Fields::Describe& describe) {
  std::string text;
  print(json_schema(describe), "", text);
  return text + '\n';
}

}  // namespace spillway::settings
