#include "controller/settings/effective.hpp"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "controller/settings/printing_fields.hpp"
#include "controller/settings/yaml_text.hpp"

namespace spillway::settings {
namespace {

/// Writes every line once, at its place: a large config is written at each reload, twice.
class EffectiveWriter final : public PrintingFields {
 public:
  using PrintingFields::PrintingFields;

  void section(std::string_view key, const Describe& describe, std::string_view) override {
    nest(yaml_text(key), [&] { describe(*this); });
  }

  void optional_section(std::string_view key, bool& is_present, const Describe& describe,
                        std::string_view) override {
    if (is_present) nest(yaml_text(key), [&] { describe(*this); });
  }

  void sections(std::string_view key, std::size_t size, const DescribeElement& describe, Presence,
                std::string_view) override {
    if (size == 0) {
      line(fmt::format("{}: []", yaml_text(key)));
      return;
    }
    line(yaml_text(key) + ':');
    for (std::size_t i{0}; i < size; ++i) {
      const std::size_t begin{text_.size()};
      const std::size_t dash{begin + indent_ + 2};
      indented(4, [&] { describe(*this, i); });
      if (text_.size() == begin) {
        indented(2, [&] { line("- {}"); });
      } else {
        text_[dash] = '-';
      }
    }
  }

  void named_sections(std::string_view key, const std::vector<std::string>& names,
                      const DescribeEntry& describe, Presence, std::string_view) override {
    nest(yaml_text(key), [&] {
      for (const std::string& name : names) {
        nest(yaml_text(name), [&] { describe(*this, name); });
      }
    });
  }

  void variant(std::span<const std::string_view>, std::string_view current,
               const DescribeType& describe, std::string_view) override {
    if (current.empty()) return;
    line(fmt::format("type: {}", yaml_text(current)));
    describe(*this, current);
  }

  std::string take_text() { return std::move(text_); }

 private:
  void setting(const Setting& setting) override {
    if (setting.value) line(fmt::format("{}: {}", setting.key, *setting.value));
  }

  void line(std::string_view content) {
    text_.append(indent_, ' ');
    text_ += content;
    text_ += '\n';
  }

  template <typename Write>
  void indented(std::size_t by, const Write& write) {
    indent_ += by;
    write();
    indent_ -= by;
  }

  /// `key:` and below it what `write` writes, or `key: {}` where that is nothing.
  template <typename Write>
  void nest(const std::string& key, const Write& write) {
    const std::size_t begin{text_.size()};
    line(key + ':');
    const std::size_t inner{text_.size()};
    indented(2, write);
    if (text_.size() != inner) return;
    text_.resize(begin);
    line(key + ": {}");
  }

  std::string text_{};
  std::size_t indent_{0};
};

std::string text_of(const Fields::Describe& describe, bool shows_secrets) {
  EffectiveWriter writer{shows_secrets};
  describe(writer);
  return writer.take_text();
}

}  // namespace

std::string effective_yaml(const Fields::Describe& describe) {
  return text_of(describe, false);
}

std::string revealing_yaml(const Fields::Describe& describe) {
  return text_of(describe, true);
}

}  // namespace spillway::settings
