#include "controller/settings/values_by_path.hpp"

#include "controller/settings/printing_fields.hpp"

namespace spillway::settings {
namespace {

class PathCollector final : public PrintingFields {
 public:
  void section(std::string_view key, const Describe& describe, std::string_view) override {
    const std::string outside{prefix_};
    prefix_ += std::string{key} + ".";
    describe(*this);
    prefix_ = outside;
  }
  void optional_section(std::string_view key, bool& is_present, const Describe& describe,
                        std::string_view help) override {
    if (is_present) section(key, describe, help);
  }
  void sections(std::string_view, std::size_t, const DescribeElement&, Presence,
                std::string_view) override {}
  void named_sections(std::string_view, const std::vector<std::string>&, const DescribeEntry&,
                      Presence, std::string_view) override {}
  void variant(std::span<const std::string_view>, std::string_view current,
               const DescribeType& describe, std::string_view) override {
    if (!current.empty()) describe(*this, current);
  }

  std::map<std::string, std::string> values{};

 protected:
  void setting(const Setting& setting) override {
    if (setting.value) values.emplace(prefix_ + std::string{setting.key}, *setting.value);
  }

 private:
  std::string prefix_{};
};

}  // namespace

std::map<std::string, std::string> values_by_path(const Fields::Describe& describe) {
  PathCollector collector{};
  describe(collector);
  return std::move(collector.values);
}

}  // namespace spillway::settings
