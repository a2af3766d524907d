#include "controller/settings/effective.hpp"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "controller/settings/printing_fields.hpp"
#include "controller/settings/yaml_text.hpp"

namespace spillway::settings {
namespace {

/// Writes one section as lines without indentation; whoever holds it indents.
class EffectiveWriter final : public PrintingFields {
 public:
  using PrintingFields::PrintingFields;

  void section(std::string_view key, const Describe& describe, std::string_view) override {
    nest(yaml_text(key), lines_of(describe));
  }

  void optional_section(std::string_view key, bool& is_present, const Describe& describe,
                        std::string_view) override {
    if (is_present) nest(yaml_text(key), lines_of(describe));
  }

  void sections(std::string_view key, std::size_t size, const DescribeElement& describe, Presence,
                std::string_view) override {
    if (size == 0) {
      lines_.push_back(fmt::format("{}: []", yaml_text(key)));
      return;
    }
    lines_.push_back(yaml_text(key) + ':');
    for (std::size_t i{0}; i < size; ++i) {
      const auto element{lines_of([&](Fields& fields) { describe(fields, i); })};
      if (element.empty()) lines_.emplace_back("  - {}");
      for (std::size_t n{0}; n < element.size(); ++n) {
        lines_.push_back((n == 0 ? "  - " : "    ") + element[n]);
      }
    }
  }

  void named_sections(std::string_view key, const std::vector<std::string>& names,
                      const DescribeEntry& describe, Presence, std::string_view) override {
    EffectiveWriter entries{shows_secrets()};
    for (const std::string& name : names) {
      entries.nest(yaml_text(name), lines_of([&](Fields& fields) { describe(fields, name); }));
    }
    nest(yaml_text(key), std::move(entries.lines_));
  }

  void variant(std::span<const std::string_view>, std::string_view current,
               const DescribeType& describe, std::string_view) override {
    if (current.empty()) return;
    lines_.push_back(fmt::format("type: {}", yaml_text(current)));
    describe(*this, current);
  }

  const std::vector<std::string>& lines() const { return lines_; }

 private:
  void setting(const Setting& setting) override {
    if (setting.value) lines_.push_back(fmt::format("{}: {}", setting.key, *setting.value));
  }

  std::vector<std::string> lines_of(const Describe& describe) const {
    EffectiveWriter inner{shows_secrets()};
    describe(inner);
    return std::move(inner.lines_);
  }

  void nest(const std::string& key, std::vector<std::string> inner) {
    if (inner.empty()) {
      lines_.push_back(key + ": {}");
      return;
    }
    lines_.push_back(key + ':');
    for (const std::string& line : inner) lines_.push_back("  " + line);
  }

  std::vector<std::string> lines_{};
};

std::string text_of(const Fields::Describe& describe, bool shows_secrets) {
  EffectiveWriter writer{shows_secrets};
  describe(writer);
  std::string text;
  for (const std::string& line : writer.lines()) text += line + '\n';
  return text;
}

}  // namespace

std::string effective_yaml(const Fields::Describe& describe) {
  return text_of(describe, false);
}

std::string revealing_yaml(const Fields::Describe& describe) {
  return text_of(describe, true);
}

}  // namespace spillway::settings
