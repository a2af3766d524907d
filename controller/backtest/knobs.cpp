#include "controller/backtest/knobs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace spillway::backtest {
namespace {

/// How far a search goes from the value it finds.
constexpr double reach{4.0};

/// Finds numbers, and sets those it has a value for.
class KnobVisitor final : public Fields {
 public:
  KnobVisitor(std::vector<Knob>* found, const std::map<std::string, double>* values)
      : found_{found}, values_{values} {}

  void number(std::string_view key, double& value, NumberRange range, std::string_view) override {
    visit(key, value, {.low = range.min, .high = range.max});
  }
  void ratio(std::string_view key, double& value, NumberRange range, std::string_view) override {
    visit(key, value, {.low = range.min, .high = range.max});
  }
  void rate_per_second(std::string_view, std::optional<double>&, NumberRange,
                       std::string_view) override {}
  void count(std::string_view key, int& value, CountRange range, std::string_view) override {
    double number{static_cast<double>(value)};
    visit(key, number,
          {.low = static_cast<double>(range.min),
           .high = static_cast<double>(range.max),
           .is_whole = true});
    value = static_cast<int>(std::lround(number));
  }
  void optional_count(std::string_view, std::optional<int>&, CountRange,
                      std::string_view) override {}
  void flag(std::string_view, bool&, std::string_view) override {}
  void duration(std::string_view key, Duration& value, DurationRange range,
                std::string_view) override {
    double in_seconds{seconds(value)};
    // Whole seconds are fine enough, and readable.
    visit(key, in_seconds,
          {.low = std::max(1.0, std::ceil(seconds(range.min))),
           .high = seconds(range.max),
           .is_whole = true,
           .is_duration = true});
    if (in_seconds != seconds(value)) value = duration_of_seconds(in_seconds);
  }
  void optional_duration(std::string_view, std::optional<Duration>&, DurationRange,
                         std::string_view) override {}
  void money(std::string_view, std::optional<Money>&, std::string_view) override {}
  void hourly_price(std::string_view, std::optional<HourlyPrice>&, std::string_view) override {}
  void memory_gb(std::string_view, double&, NumberRange, std::string_view) override {}
  void text(std::string_view, std::string&, TextRule, std::string_view) override {}
  void secret(std::string_view, std::string&, TextRule, std::string_view) override {}
  void choice(std::string_view, std::size_t&, std::span<const std::string_view>,
              std::string_view) override {}
  void texts(std::string_view, std::vector<std::string>&, TextRule, std::string_view) override {}
  void text_map(std::string_view, std::map<std::string, std::string>&, TextRule,
                std::string_view) override {}
  void secret_map(std::string_view, std::map<std::string, std::string>&, TextRule,
                  std::string_view) override {}
  void section(std::string_view key, const Describe& describe, std::string_view) override {
    within(std::string{key}, [&] { describe(*this); });
  }
  void optional_section(std::string_view key, bool& is_present, const Describe& describe,
                        std::string_view) override {
    if (is_present) within(std::string{key}, [&] { describe(*this); });
  }
  void sections(std::string_view key, std::size_t size, const DescribeElement& describe, Presence,
                std::string_view) override {
    for (std::size_t i{0}; i < size; ++i) {
      within(fmt::format("{}[{}]", key, i), [&] { describe(*this, i); });
    }
  }
  void named_sections(std::string_view key, const std::vector<std::string>& names,
                      const DescribeEntry& describe, Presence, std::string_view) override {
    for (const std::string& name : names) {
      within(fmt::format("{}.{}", key, name), [&] { describe(*this, name); });
    }
  }
  void variant(std::span<const std::string_view>, std::string_view current,
               const DescribeType& describe, std::string_view) override {
    if (!current.empty()) describe(*this, current);
  }
  void require(bool, std::string_view) override {}

 private:
  template <class Inner>
  void within(const std::string& step, Inner inner) {
    const std::string outside{prefix_};
    prefix_ += step + ".";
    inner();
    prefix_ = outside;
  }

  void visit(std::string_view key, double& value, Knob knob) {
    knob.path = prefix_ + std::string{key};
    if (found_ && value > 0.0) {
      knob.value = value;
      knob.low = std::max(knob.low, value / reach);
      knob.high = std::min(knob.high, value * reach);
      if (knob.low < knob.high) found_->push_back(knob);
    }
    if (!values_) return;
    const auto wanted{values_->find(knob.path)};
    if (wanted != values_->end()) value = wanted->second;
  }

  std::vector<Knob>* found_;
  const std::map<std::string, double>* values_;
  std::string prefix_{};
};

}  // namespace

std::vector<Knob> find_knobs(const Fields::Describe& describe) {
  std::vector<Knob> found;
  KnobVisitor visitor{&found, nullptr};
  describe(visitor);
  return found;
}

void set_knobs(const Fields::Describe& describe, const std::map<std::string, double>& values) {
  KnobVisitor visitor{nullptr, &values};
  describe(visitor);
}

bool is_fact(std::string_view type, std::string_view path) {
  struct Fact {
    std::string_view type;  // empty: of any
    std::string_view path;  // a last dot: all below
  };
  // `quantile` is a promise of `auto` and a knob of `forecast`: so by type.
  static constexpr std::array facts{
      Fact{"", "replicas_per_vm"},
      Fact{"", "vm_start"},
      Fact{"", "sync_period"},
      Fact{"", "polling_interval"},
      Fact{"", "evaluation_interval"},
      Fact{"", "wait"},
      Fact{"auto", "quantile"},
      Fact{"auto", "late_share"},
      Fact{"auto", "metric_delay"},
      Fact{"auto", "creates_per_hour"},
      Fact{"auto", "late_price"},
      Fact{"auto", "vm."},
      Fact{"slo_latency", "within"},
      Fact{"queue_backlog", "drain_time"},
      Fact{"forecast", "season"},
      Fact{"keda", "fallback."},
      Fact{"keda", "activation_threshold"},
      Fact{"rent_or_buy", "max_vms"},
      Fact{"budget", "pace"},
      Fact{"static_peak", "replicas"},
  };
  if (type == "schedule") return true;  // a calendar
  return std::ranges::any_of(facts, [&](const Fact& fact) {
    if (!fact.type.empty() && fact.type != type) return false;
    return path == fact.path || (fact.path.ends_with('.') && path.starts_with(fact.path));
  });
}

std::string written(const Knob& knob, double value) {
  if (knob.is_duration) return to_string(duration_of_seconds(value));
  return fmt::format("{:g}", value);
}

}  // namespace spillway::backtest
