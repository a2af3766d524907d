// The log: one line per event, on standard error; `event key=value ...` on a terminal, a JSON
// object otherwise. Event names are CamelCase, the same word as in metrics, API and journal. Log
// transitions, not ticks: what fails or recovers, not that it still does.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "controller/core/error.hpp"
#include "controller/core/units.hpp"
#include "controller/io/secret.hpp"

namespace spillway::io {

enum class LogLevel { debug, info, warning, error };
enum class LogFormat {
  automatic,
  text,
  json
};  ///< automatic: text if standard error is a terminal

/// A value as it is logged: text, or something JSON writes without quotes.
class LogValue {
 public:
  LogValue(std::string_view text) : text_{text} {}    // NOLINT: every value below is a LogValue
  LogValue(const std::string& text) : text_{text} {}  // NOLINT
  LogValue(const char* text) : text_{text} {}         // NOLINT
  LogValue(std::same_as<bool> auto flag)              // NOLINT
      : text_{flag ? "true" : "false"}, is_text_{false} {}
  LogValue(std::integral auto number)  // NOLINT
      requires(!std::same_as<decltype(number), bool>)
      : text_{std::to_string(number)}, is_text_{false} {}
  LogValue(double number);                                                // NOLINT
  LogValue(Replicas replicas) : LogValue{replicas.count} {}               // NOLINT
  LogValue(Duration duration) : text_{spillway::to_string(duration)} {}   // NOLINT
  LogValue(TimePoint instant) : text_{spillway::to_string(instant)} {}    // NOLINT
  LogValue(Money amount) : text_{spillway::to_string(amount)} {}          // NOLINT
  LogValue(Errc code) : text_{spillway::to_string(code)} {}               // NOLINT
  LogValue(const Error& error) : text_{spillway::to_string(error)} {}     // NOLINT
  LogValue(const Secret& secret) : text_{secret.empty() ? "" : "***"} {}  // NOLINT

  std::string_view text() const { return text_; }
  bool is_text() const { return is_text_; }  ///< false: a number, a bool or null, bare in JSON

 private:
  std::string text_;
  bool is_text_{true};
};

struct LogField {
  std::string key;
  LogValue value;
};
using LogFields = std::vector<LogField>;

/// Sets format and level of the process-wide log. Before the first call: automatic, info.
void start_logging(LogFormat format, LogLevel level);

/// True if `level` is written: for fields that are dear to compute.
bool is_logged(LogLevel level);

/// `log_event(LogLevel::info, "DecisionChanged", {{"workload", name}, {"replicas", 7}})`.
void log_event(LogLevel level, std::string_view event, const LogFields& fields = {});

/// `DecisionChanged workload=web note="two words"`: what a text line says after time and level.
std::string text_line(std::string_view event, const LogFields& fields);

/// `{"ts":"...","level":"info","event":"DecisionChanged","workload":"web"}`. Bytes that are not
/// UTF-8 become U+FFFD, so that every line is valid JSON.
std::string json_line(TimePoint at, LogLevel level, std::string_view event,
                      const LogFields& fields);

}  // namespace spillway::io
