// How a settings struct says what the config file may write into it. One declaration per setting
// serves the reader (with its errors), the JSON Schema, the reference table and the printing of the
// effective config. Knows no file format: the readers and writers are in controller/settings.
//
//   struct CookieSettings { double sugar{0.3}; Duration bake{10min}; };
//   void describe(Fields& fields, CookieSettings& settings) {
//     fields.ratio("sugar", settings.sugar, {.min = 0.0, .max = 1.0}, "Share of sugar in the
//     dough."); fields.duration("bake", settings.bake, {.min = 1min, .max = 1h}, "Time in the
//     oven.");
//   }
#pragma once

#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
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
  /// Describes one element of a list or map, growing the container so that it exists.
  using DescribeElement = std::function<void(Fields&, std::string_view key)>;

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
  virtual void flag(std::string_view key, bool& value, std::string_view help) = 0;
  /// Written `30s`, `1m30s`, `250ms`.
  virtual void duration(std::string_view key, Duration& value, DurationRange range,
                        std::string_view help) = 0;
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
  /// A nested section.
  virtual void section(std::string_view key, const Describe& describe, std::string_view help) = 0;
  /// A nested section that may be left out; `is_present` tells and is told.
  virtual void optional_section(std::string_view key, bool& is_present, const Describe& describe,
                                std::string_view help) = 0;
  /// A list of sections: `describe` is called once for each element, with its index as key.
  virtual void sections(std::string_view key, const DescribeElement& describe, Presence presence,
                        std::string_view help) = 0;
  /// A map of named sections: `describe` is called once for each entry, with its name as key.
  virtual void named_sections(std::string_view key, const DescribeElement& describe,
                              Presence presence, std::string_view help) = 0;
  /// A section whose keys depend on its `type:`. `describe(fields, type)` continues with the keys
  /// of that type; it is called once for each type by writers.
  virtual void variant(std::span<const std::string_view> types,
                       const std::function<void(Fields&, std::string_view type)>& describe,
                       std::string_view help) = 0;
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

}  // namespace spillway
