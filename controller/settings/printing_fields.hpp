// What writers of settings have in common: every single value becomes one `Setting` with its text,
// what it accepts and its help. Sections are left to the writer.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "controller/core/fields.hpp"

namespace spillway::settings {

struct Setting {
  std::string_view key{};
  std::optional<std::string> value{};  ///< as YAML; nothing if it is not set; secrets are `"***"`
  std::string expected{};              ///< what it accepts, in words
  Presence presence{Presence::optional};
  std::string_view help{};
};

class PrintingFields : public Fields {
 public:
  /// `shows_secrets` is for comparing in memory only.
  explicit PrintingFields(bool shows_secrets = false) : shows_secrets_{shows_secrets} {}

  void number(std::string_view key, double& value, NumberRange range,
              std::string_view help) override;
  void ratio(std::string_view key, double& value, NumberRange range,
             std::string_view help) override;
  void rate_per_second(std::string_view key, std::optional<double>& value, NumberRange range,
                       std::string_view help) override;
  void count(std::string_view key, int& value, CountRange range, std::string_view help) override;
  void optional_count(std::string_view key, std::optional<int>& value, CountRange range,
                      std::string_view help) override;
  void flag(std::string_view key, bool& value, std::string_view help) override;
  void duration(std::string_view key, Duration& value, DurationRange range,
                std::string_view help) override;
  void optional_duration(std::string_view key, std::optional<Duration>& value, DurationRange range,
                         std::string_view help) override;
  void money(std::string_view key, std::optional<Money>& value, std::string_view help) override;
  void hourly_price(std::string_view key, std::optional<HourlyPrice>& value,
                    std::string_view help) override;
  void memory_gb(std::string_view key, double& value, NumberRange range,
                 std::string_view help) override;
  void text(std::string_view key, std::string& value, TextRule rule,
            std::string_view help) override;
  void secret(std::string_view key, std::string& value, TextRule rule,
              std::string_view help) override;
  void choice(std::string_view key, std::size_t& index, std::span<const std::string_view> words,
              std::string_view help) override;
  void texts(std::string_view key, std::vector<std::string>& values, TextRule rule,
             std::string_view help) override;
  void text_map(std::string_view key, std::map<std::string, std::string>& values, TextRule rule,
                std::string_view help) override;
  void secret_map(std::string_view key, std::map<std::string, std::string>& values, TextRule rule,
                  std::string_view help) override;
  void require(bool, std::string_view) override {}

 protected:
  virtual void setting(const Setting& setting) = 0;
  bool shows_secrets() const { return shows_secrets_; }

 private:
  bool shows_secrets_;
};

}  // namespace spillway::settings
