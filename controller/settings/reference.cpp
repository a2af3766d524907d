#include "controller/settings/reference.hpp"

#include <fmt/format.h>

#include <deque>
#include <utility>

#include "controller/settings/printing_fields.hpp"

namespace spillway::settings {
namespace {

struct Table {
  std::string title{};
  std::string help{};
  std::string rows{};
};

/// A `|` would end the cell.
std::string cell(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '|') result += '\\';
    result += c == '\n' ? ' ' : c;
  }
  return result;
}

/// Fills one table; sections inside get tables of their own behind it.
class ReferenceWriter final : public PrintingFields {
 public:
  ReferenceWriter(std::deque<Table>& tables, std::string path, std::string title,
                  std::string_view help)
      : tables_{tables}, path_{std::move(path)} {
    tables_.push_back({.title = std::move(title), .help = std::string{help}});
    table_ = &tables_.back();
  }

  void section(std::string_view key, const Describe& describe, std::string_view help) override {
    row(key, "section", "", help);
    nest(join(key), help, describe);
  }
  void optional_section(std::string_view key, bool&, const Describe& describe,
                        std::string_view help) override {
    row(key, "section", "left out", help);
    nest(join(key), help, describe);
  }
  void sections(std::string_view key, std::size_t, const DescribeElement& describe,
                Presence presence, std::string_view help) override {
    row(key, "list of sections", presence == Presence::required ? "**required**" : "`[]`", help);
    nest(join(key) + "[]", help, [&](Fields& fields) { describe(fields, 0); });
  }
  void named_sections(std::string_view key, const std::vector<std::string>&,
                      const DescribeEntry& describe, Presence presence,
                      std::string_view help) override {
    row(key, "sections by name", presence == Presence::required ? "**required**" : "`{}`", help);
    nest(join(key) + ".NAME", help, [&](Fields& fields) { describe(fields, "NAME"); });
  }
  void variant(std::span<const std::string_view> types, std::string_view,
               const DescribeType& describe, std::string_view help) override {
    std::string words;
    for (const std::string_view type : types) {
      words += fmt::format("{}`{}`", words.empty() ? "" : ", ", type);
    }
    row("type", words, "**required**", help);
    for (const std::string_view type : types) {
      ReferenceWriter inner{tables_, path_, fmt::format("`{}` of type `{}`", path_, type), ""};
      describe(inner, type);
    }
  }

 private:
  void setting(const Setting& setting) override {
    const std::string value{setting.value.value_or("")};
    const std::string preset{setting.presence == Presence::required ? "**required**"
                             : !setting.value || value == "\"\""    ? ""
                                                                    : '`' + cell(value) + '`'};
    row(setting.key, setting.expected, preset, setting.help);
  }

  void row(std::string_view key, std::string_view accepts, std::string_view preset,
           std::string_view help) {
    table_->rows +=
        fmt::format("| `{}` | {} | {} | {} |\n", key, cell(accepts), preset, cell(help));
  }

  std::string join(std::string_view key) const {
    return path_.empty() ? std::string{key} : fmt::format("{}.{}", path_, key);
  }

  void nest(const std::string& path, std::string_view help, const Describe& describe) {
    ReferenceWriter inner{tables_, path, fmt::format("`{}`", path), help};
    describe(inner);
  }

  std::deque<Table>& tables_;  // a deque keeps its elements in place while it grows
  Table* table_{nullptr};
  std::string path_;
};

}  // namespace

std::string reference_markdown(const Fields::Describe& describe) {
  std::deque<Table> tables;
  ReferenceWriter writer{tables, "", "Top level", ""};
  describe(writer);
  std::string text{
      "# Settings\n\n"
      "Every value may be written `${NAME}` or `${NAME:-default}` to take it from the "
      "environment.\n"
      "Durations: `250ms`, `30s`, `1m30s`, `2h`, `30d`. Shares: `70%` or `0.7`. Unknown keys are\n"
      "errors.\n"};
  for (const Table& table : tables) {
    text += fmt::format("\n## {}\n\n", table.title);
    if (!table.help.empty()) text += table.help + "\n\n";
    if (table.rows.empty()) {
      text += "No settings.\n";
    } else {
      text += "| Key | Accepts | Default | |\n| --- | --- | --- | --- |\n" + table.rows;
    }
  }
  return text;
}

}  // namespace spillway::settings
