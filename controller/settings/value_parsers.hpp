// From the texts of a config file to values: durations, shares, rates, money, memory. Pure and
// total: any bytes give a value or the reason why there is none. Ranges are the reader's business.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "controller/core/units.hpp"

namespace spillway::settings {

/// A value, or what is wrong with the text, as the end of a sentence that begins with the text:
/// `"5x" has the unknown unit "x"`.
template <class T>
class Parsed {
 public:
  Parsed(T value) : value_{std::move(value)} {}
  static Parsed failed(std::string problem) {
    Parsed parsed;
    parsed.problem_ = std::move(problem);
    return parsed;
  }

  explicit operator bool() const { return value_.has_value(); }
  const T& operator*() const { return value_.value(); }
  /// Empty if there is a value.
  const std::string& problem() const { return problem_; }

 private:
  Parsed() = default;

  std::optional<T> value_{};
  std::string problem_{};
};

/// A finite decimal number: `0.7`, `1e-3`, `-2`. No hexadecimal, no infinity, no NaN.
Parsed<double> parse_number(std::string_view text);

/// A whole decimal number that fits into an int.
Parsed<int> parse_count(std::string_view text);

/// `true` or `false`.
Parsed<bool> parse_flag(std::string_view text);

/// A share as a ratio: `70%` and `0.7` are both 0.7.
Parsed<double> parse_ratio(std::string_view text);

/// A rate per second: `10/s`, `600/min`, `36000/h`, or a plain number per second.
Parsed<double> parse_rate_per_second(std::string_view text);

/// Largest unit first, each at most once: `1d12h`, `1m30s`, `250ms`, `0.5s`. Units: d h m s ms. At
/// most 100 years, a whole number of milliseconds, never negative.
Parsed<Duration> parse_duration(std::string_view text);

/// `20 USD`, `0.5 USD`; not negative, at most a billion.
Parsed<Money> parse_money(std::string_view text);

/// `0.06 USD/h`.
Parsed<HourlyPrice> parse_hourly_price(std::string_view text);

/// Bytes, in GB of 10^9 bytes as Azure counts them: `512 MiB`, `1.5 GiB`, `2 GB`, `500 MB`; `Mi`
/// and `Gi` as in Kubernetes. Example: `1.5 GiB` is 1.610612736.
Parsed<double> parse_memory_gb(std::string_view text);

}  // namespace spillway::settings
