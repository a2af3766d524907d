// The part of the YAML reader that reads single values, texts and lists of texts: parsing, ranges,
// variables, and the wording of what is wrong. Sections are read by yaml_reader.cpp.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "controller/core/fields.hpp"
#include "controller/settings/environment.hpp"
#include "controller/settings/node.hpp"

namespace spillway::settings {

/// What all readers of one document share.
struct ReaderContext {
  const Environment& environment;
  Complaints& complaints;
};

/// `found a list`, `found "5x"`: the beginning of a complaint about the wrong kind of node.
std::string found(const Node& node);

/// Reads the values of one section. A section that is absent has no node: defaults stay, required
/// keys are missing. A muted reader reads what cannot be read, and says nothing.
class ValueReader : public Fields {
 public:
  void number(std::string_view key, double& value, NumberRange range, std::string_view) override;
  void ratio(std::string_view key, double& value, NumberRange range, std::string_view) override;
  void rate_per_second(std::string_view key, std::optional<double>& value, NumberRange range,
                       std::string_view) override;
  void count(std::string_view key, int& value, CountRange range, std::string_view) override;
  void optional_count(std::string_view key, std::optional<int>& value, CountRange range,
                      std::string_view) override;
  void flag(std::string_view key, bool& value, std::string_view) override;
  void duration(std::string_view key, Duration& value, DurationRange range,
                std::string_view) override;
  void optional_duration(std::string_view key, std::optional<Duration>& value, DurationRange range,
                         std::string_view) override;
  void money(std::string_view key, std::optional<Money>& value, std::string_view) override;
  void hourly_price(std::string_view key, std::optional<HourlyPrice>& value,
                    std::string_view) override;
  void memory_gb(std::string_view key, double& value, NumberRange range, std::string_view) override;
  void text(std::string_view key, std::string& value, TextRule rule, std::string_view) override;
  void secret(std::string_view key, std::string& value, TextRule rule, std::string_view) override;
  void choice(std::string_view key, std::size_t& index, std::span<const std::string_view> words,
              std::string_view) override;
  void texts(std::string_view key, std::vector<std::string>& values, TextRule rule,
             std::string_view) override;
  void text_map(std::string_view key, std::map<std::string, std::string>& values, TextRule rule,
                std::string_view) override;
  void secret_map(std::string_view key, std::map<std::string, std::string>& values, TextRule rule,
                  std::string_view) override;

  bool is_given(std::string_view key) const override;

 protected:
  ValueReader(ReaderContext& context, const Node* node, Mark mark, std::string path, bool is_muted)
      : context_{context}, node_{node}, mark_{mark}, path_{std::move(path)}, is_muted_{is_muted} {}

  enum class Kind { text, secret };

  void report(Mark mark, std::string path, std::string message);

  /// The entry of a declared key; null if it is absent, which is kept in `missing_` if it is
  /// required.
  const MapEntry* take(std::string_view key, Presence presence, std::string_view expected);

  /// The text of a single value with its variables; nothing after a complaint.
  std::optional<std::string> expanded(const Node& node, const std::string& path,
                                      std::string_view expected, Kind kind);

  ReaderContext& context_;
  const Node* node_;
  Mark mark_;
  std::string path_;
  bool is_muted_;
  std::vector<std::string> known_{};  ///< the keys declared so far
  /// Required keys that are not there, with what is expected: told when the section has been read,
  /// since a misspelt key explains one.
  std::vector<std::pair<std::string, std::string>> missing_{};

 private:
  bool check_text(const Node& node, const std::string& path, std::string_view text,
                  const TextRule& rule, Kind kind);

  template <class T, class Range, class Parse>
  void scalar(std::string_view key, T& value, const Range& range, const std::string& expected,
              Parse parse);
  /// Like `scalar`, for what YAML itself tells from a text: quotes are an error.
  template <class T, class Range, class Parse>
  void plain(std::string_view key, T& value, const Range& range, const std::string& expected,
             Parse parse);

  void text_entry(std::string_view key, std::string& value, const TextRule& rule, Kind kind);
  void map_of_texts(std::string_view key, std::map<std::string, std::string>& values,
                    const TextRule& rule, Kind kind);
};

}  // namespace spillway::settings
