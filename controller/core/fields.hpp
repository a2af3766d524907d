// How a settings struct says what the config file may write into it. One declaration per setting
// serves the reader (with its errors), the JSON Schema, the reference table and the printing of the
// effective config. Knows no file format: the readers and writers are in controller/settings.
//
//   struct CookieSettings { double sugar{0.3}; Duration bake{10min}; };
//   void describe(Fields& fields, CookieSettings& settings) {
//     fields.ratio("sugar", settings.sugar, {.min = 0.0, .max = 1.0}, "Sugar in the dough.");
//     fields.duration("bake", settings.bake, {.min = 1min, .max = 1h}, "Time in the oven.");
//   }
//
// Lists and maps of such structs: `list_of`, `map_of`; a family chosen by `type:`: `one_of`.
#pragma once

#include <array>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "controller/core/units.hpp"

namespace spillway {

enum class Presence { optional, required };

struct NumberRange {
  double min{-std::numeric_limits<double>::max()};
  double max{std::numeric_limits<double>::max()};
  Presence presence{Presence::optional};
};

struct CountRange {
  int min{0};
  int max{std::numeric_limits<int>::max()};
  Presence presence{Presence::optional};
};

struct DurationRange {
  Duration min{Duration::zero()};
  Duration max{Duration::max()};
  Presence presence{Presence::optional};
};

struct TextRule {
  Presence presence{Presence::optional};
  std::size_t max_length{4096};
  /// What a valid text looks like, for the error: "a URL such as http://127.0.0.1:9090".
  std::string_view expected{};
  /// Says whether a text is valid; none accepts any.
  std::function<bool(std::string_view)> is_valid{};
};

/// A visitor over the settings of one section. Keys are snake_case and unique in their section. The
/// value passed in is the default; the reader overwrites it, the writers only look.
class Fields {
 public:
  using Describe = std::function<void(Fields&)>;
  /// Describes one element of a list, growing the list so that it exists.
  using DescribeElement = std::function<void(Fields&, std::size_t index)>;
  /// Describes one entry of a map, creating it if it is not there.
  using DescribeEntry = std::function<void(Fields&, std::string_view name)>;
  /// Describes the keys of one type, making the value one of that type if it is not yet.
  using DescribeType = std::function<void(Fields&, std::string_view type)>;

  virtual ~Fields() = default;

  virtual void number(std::string_view key, double& value, NumberRange range,
                      std::string_view help) = 0;
  /// A share: written `70%` or `0.7`.
  virtual void ratio(std::string_view key, double& value, NumberRange range,
                     std::string_view help) = 0;
  /// A rate: written `10/s`, `600/min` or a plain number per second.
  virtual void rate_per_second(std::string_view key, std::optional<double>& value,
                               NumberRange range, std::string_view help) = 0;
  virtual void count(std::string_view key, int& value, CountRange range, std::string_view help) = 0;
  virtual void optional_count(std::string_view key, std::optional<int>& value, CountRange range,
                              std::string_view help) = 0;
  virtual void flag(std::string_view key, bool& value, std::string_view help) = 0;
  /// Written `30s`, `1m30s`, `250ms`.
  virtual void duration(std::string_view key, Duration& value, DurationRange range,
                        std::string_view help) = 0;
  virtual void optional_duration(std::string_view key, std::optional<Duration>& value,
                                 DurationRange range, std::string_view help) = 0;
  /// Written `20 USD`.
  virtual void money(std::string_view key, std::optional<Money>& value, std::string_view help) = 0;
  /// Written `0.06 USD/h`.
  virtual void hourly_price(std::string_view key, std::optional<HourlyPrice>& value,
                            std::string_view help) = 0;
  /// Bytes: written `512 MiB`, `1.5 GiB`, `2 GB`; held in GB as Azure counts them.
  virtual void memory_gb(std::string_view key, double& value, NumberRange range,
                         std::string_view help) = 0;
  virtual void text(std::string_view key, std::string& value, TextRule rule,
                    std::string_view help) = 0;
  /// Never printed; may be written `${ENV}` or `file:/path`.
  virtual void secret(std::string_view key, std::string& value, TextRule rule,
                      std::string_view help) = 0;
  /// One of `words`; `index` is the position of the chosen one.
  virtual void choice(std::string_view key, std::size_t& index,
                      std::span<const std::string_view> words, std::string_view help) = 0;
  virtual void texts(std::string_view key, std::vector<std::string>& values, TextRule rule,
                     std::string_view help) = 0;
  virtual void text_map(std::string_view key, std::map<std::string, std::string>& values,
                        TextRule rule, std::string_view help) = 0;
  /// Like `text_map`, with secrets as values.
  virtual void secret_map(std::string_view key, std::map<std::string, std::string>& values,
                          TextRule rule, std::string_view help) = 0;
  /// A nested section.
  virtual void section(std::string_view key, const Describe& describe, std::string_view help) = 0;
  /// A nested section that may be left out; `is_present` tells and is told.
  virtual void optional_section(std::string_view key, bool& is_present, const Describe& describe,
                                std::string_view help) = 0;
  /// A list of sections, `size` of them so far: `describe` is called once for each element. See
  /// `list_of`.
  virtual void sections(std::string_view key, std::size_t size, const DescribeElement& describe,
                        Presence presence, std::string_view help) = 0;
  /// A map of named sections, `names` so far: `describe` is called once for each entry. See
  /// `map_of`.
  virtual void named_sections(std::string_view key, const std::vector<std::string>& names,
                              const DescribeEntry& describe, Presence presence,
                              std::string_view help) = 0;
  /// This section's keys depend on its `type:`, which is `current` so far (empty: none yet).
  /// `describe` continues with the keys of a type; writers that list all types call it for each.
  /// See `one_of`.
  virtual void variant(std::span<const std::string_view> types, std::string_view current,
                       const DescribeType& describe, std::string_view help) = 0;
  /// True if the file gives a value for `key`, be it the default. Only a reader knows.
  virtual bool is_given(std::string_view /*key*/) const { return false; }
  /// A rule over several settings of this section: reported at the section if it does not hold.
  virtual void require(bool holds, std::string_view message) = 0;
};

/// `choice` for an enum whose enumerators are 0, 1, 2, ... in the order of `words`.
template <class Enum>
void choose(Fields& fields, std::string_view key, Enum& value,
            std::span<const std::string_view> words, std::string_view help) {
  std::size_t index{static_cast<std::size_t>(value)};
  fields.choice(key, index, words, help);
  value = static_cast<Enum>(index);
}

/// A list of structs that have a `describe` of their own. An empty list is its default.
template <class T>
void list_of(Fields& fields, std::string_view key, std::vector<T>& values, Presence presence,
             std::string_view help) {
  const auto describe_element{[&values](Fields& element, std::size_t index) {
    if (index >= values.size()) values.resize(index + 1);
    describe(element, values[index]);
  }};
  fields.sections(key, values.size(), describe_element, presence, help);
}

/// A map of structs that have a `describe` of their own, by name.
template <class T>
void map_of(Fields& fields, std::string_view key, std::map<std::string, T>& values,
            Presence presence, std::string_view help) {
  std::vector<std::string> names;
  names.reserve(values.size());
  for (const auto& entry : values) names.push_back(entry.first);
  const auto describe_entry{[&values](Fields& entry, std::string_view name) {
    describe(entry, values[std::string{name}]);
  }};
  fields.named_sections(key, names, describe_entry, presence, help);
}

/// A section that is one of several structs, told apart by its `type:`. Each has a
/// `static constexpr std::string_view type` and a `describe` of its own.
///
///   struct Source { std::variant<PrometheusSettings, FileSettings> settings; };
///   void describe(Fields& fields, Source& source) {
///     one_of(fields, source.settings, "Which system answers.");
///   }
template <class... Ts>
void one_of(Fields& fields, std::variant<Ts...>& value, std::string_view help) {
  static constexpr std::array<std::string_view, sizeof...(Ts)> types{Ts::type...};
  const auto describe_as{[&value]<class T>(Fields& section, std::string_view type, const T*) {
    if (type != T::type) return;
    if (!std::holds_alternative<T>(value)) value.template emplace<T>();
    describe(section, std::get<T>(value));
  }};
  const auto describe_type{[&describe_as](Fields& section, std::string_view type) {
    (describe_as(section, type, static_cast<const Ts*>(nullptr)), ...);
  }};
  fields.variant(types, types.at(value.index()), describe_type, help);
}

}  // namespace spillway
