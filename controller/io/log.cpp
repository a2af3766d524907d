#include "controller/io/log.hpp"

#include <fmt/format.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>
#include <chrono>
#include <cmath>
#include <memory>
#include <utility>

namespace spillway::io {

namespace {

struct Log {
  std::shared_ptr<spdlog::logger> logger{};
  bool is_json{false};
};

spdlog::level::level_enum spdlog_level(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return spdlog::level::debug;
    case LogLevel::info:
      return spdlog::level::info;
    case LogLevel::warning:
      return spdlog::level::warn;
    case LogLevel::error:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

std::string_view word(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return "debug";
    case LogLevel::info:
      return "info";
    case LogLevel::warning:
      return "warning";
    case LogLevel::error:
      return "error";
  }
  return "info";
}

Log make_log(LogFormat format, LogLevel level) {
  const bool is_json{format == LogFormat::json ||
                     (format == LogFormat::automatic && ::isatty(STDERR_FILENO) == 0)};
  auto sink = std::make_shared<spdlog::sinks::stderr_color_sink_mt>();
  Log log{.logger = std::make_shared<spdlog::logger>("spillway", std::move(sink)),
          .is_json = is_json};
  log.logger->set_level(spdlog_level(level));
  log.logger->flush_on(spdlog::level::debug);
  log.logger->set_formatter(std::make_unique<spdlog::pattern_formatter>(
      is_json ? "%v" : "%Y-%m-%dT%H:%M:%S.%eZ %^%-7l%$ %v", spdlog::pattern_time_type::utc));
  return log;
}

Log& the_log() {
  // The one global: a log line must be possible from anywhere in the shell, also during start-up.
  static Log log{make_log(LogFormat::automatic, LogLevel::info)};
  return log;
}

/// The length of the well-formed UTF-8 sequence `text` begins with, 0 if there is none (RFC 3629:
/// no surrogates, nothing overlong, nothing beyond U+10FFFF).
std::size_t utf8_sequence(std::string_view text) {
  const auto byte = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const auto is_tail = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
  const unsigned lead{byte(0)};
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return is_tail(1) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    const unsigned low{lead == 0xE0 ? 0xA0U : 0x80U}, high{lead == 0xED ? 0x9FU : 0xBFU};
    return byte(1) >= low && byte(1) <= high && is_tail(2) ? 3 : 0;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    const unsigned low{lead == 0xF0 ? 0x90U : 0x80U}, high{lead == 0xF4 ? 0x8FU : 0xBFU};
    return byte(1) >= low && byte(1) <= high && is_tail(2) && is_tail(3) ? 4 : 0;
  }
  return 0;
}

std::string json_string(std::string_view text) {
  std::string valid{};
  valid.reserve(text.size());
  while (!text.empty()) {
    const std::size_t size{utf8_sequence(text)};
    if (size == 0) {
      valid += "\xEF\xBF\xBD";
      text.remove_prefix(1);
    } else {
      valid += text.substr(0, size);
      text.remove_prefix(size);
    }
  }
  return boost::json::serialize(boost::json::string_view{valid});
}

bool needs_quotes(std::string_view text) {
  if (text.empty()) return true;
  for (const char c : text) {
    if (c <= ' ' || c == '"' || c == '=' || c == 0x7f) return true;  // also bytes beyond ASCII
  }
  return false;
}

}  // namespace

LogValue::LogValue(double number)
    : text_{std::isfinite(number) ? fmt::format("{}", number) : "null"}, is_text_{false} {}

void start_logging(LogFormat format, LogLevel level) {
  the_log() = make_log(format, level);
}

bool is_logged(LogLevel level) {
  return the_log().logger->should_log(spdlog_level(level));
}

void log_event(LogLevel level, std::string_view event, const LogFields& fields) {
  if (!is_logged(level)) return;
  const TimePoint at{std::chrono::floor<Duration>(std::chrono::system_clock::now())};
  const std::string line{the_log().is_json ? json_line(at, level, event, fields)
                                           : text_line(event, fields)};
  the_log().logger->log(spdlog_level(level), spdlog::string_view_t{line});
}

std::string text_line(std::string_view event, const LogFields& fields) {
  std::string line{event};
  for (const auto& [key, value] : fields) {
    line += fmt::format(
        " {}={}", key,
        needs_quotes(value.text()) ? json_string(value.text()) : std::string{value.text()});
  }
  return line;
}

std::string json_line(TimePoint at, LogLevel level, std::string_view event,
                      const LogFields& fields) {
  std::string line{fmt::format(R"({{"ts":"{}","level":"{}","event":{})", spillway::to_string(at),
                               word(level), json_string(event))};
  for (const auto& [key, value] : fields) {
    line += fmt::format(",{}:{}", json_string(key),
                        value.is_text() ? json_string(value.text()) : std::string{value.text()});
  }
  return line += '}';
}

}  // namespace spillway::io
