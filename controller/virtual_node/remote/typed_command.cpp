#include "controller/virtual_node/remote/typed_command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "controller/io/http.hpp"

namespace spillway::virtual_node {

namespace {

/// Linux keeps 4096 bytes of a line that is being typed, and drops the rest.
constexpr std::size_t line_max{4000};
constexpr std::size_t passed_on_after{1000};
constexpr std::size_t before_max{300};
/// A record separator: what programs write into terminals does not have it.
constexpr char mark{'\x1e'};
constexpr char quote_next{'\x16'};
constexpr char end_of_input{'\x04'};

/// For `printf %b`: any bytes in characters that no shell looks at.
std::string octal(std::string_view bytes) {
  std::string text{};
  for (const char each : bytes) {
    const bool is_plain{(each >= 'a' && each <= 'z') || (each >= 'A' && each <= 'Z') ||
                        (each >= '0' && each <= '9') || each == ' ' || each == '/' || each == '-' ||
                        each == '.' || each == '_'};
    // After an octal number a digit would be read as a part of it: three digits are its most.
    if (is_plain) {
      text += each;
    } else {
      text += fmt::format("\\0{:03o}", static_cast<unsigned char>(each));
    }
  }
  return text;
}

}  // namespace

TypedCommand::TypedCommand(Wanted wanted) : wanted_{std::move(wanted)} {
  SPILLWAY_ASSERT(!wanted_.command.empty() && !wanted_.nonce.empty());
}

std::string TypedCommand::quoted(const std::vector<std::string>& words) {
  std::string text{};
  for (const std::string& word : words) {
    if (!text.empty()) text += ' ';
    text += '\'';
    for (const char each : word) {
      if (each == '\'') {
        text += "'\\''";
      } else {
        text += each;
      }
    }
    text += '\'';
  }
  return text;
}

Result<std::string> TypedCommand::first_line() const {
  const std::string begin{octal(std::string{mark} + wanted_.nonce + mark)};
  const std::string end{octal(std::string{mark} + wanted_.nonce + ":")};
  std::string line{" "};  // shells that keep a history leave out what begins with a space
  if (!wanted_.has_terminal) line += "stty -echo -onlcr -ixon 2>/dev/null; ";
  line += fmt::format("printf %b '{}'; ", begin);
  line += fmt::format("eval \"$(printf %b '{}')\"", octal(quoted(wanted_.command)));
  if (!wanted_.has_input) line += " </dev/null";
  line += fmt::format("; printf %b \"{}$?{}\"; exit\n", end, octal(std::string{mark}));
  if (line.size() <= line_max) return line;
  return Error{
      Errc::too_large,
      fmt::format("the command is typed into a shell of the container, whose terminal takes "
                  "{} bytes: it has {}",
                  line_max, line.size())};
}

std::string TypedCommand::type(std::string_view input) {
  if (wanted_.has_terminal) return std::string{input};
  std::string typed{};
  for (const char each : input) {
    const bool is_special{
        (static_cast<unsigned char>(each) < ' ' && each != '\n' && each != '\t') || each == '\x7f'};
    if (is_special) typed += quote_next;
    typed += each;
    unsent_ = each == '\n' ? 0 : unsent_ + 1;
    // In the middle of a line this passes on what there is of it.
    if (unsent_ >= passed_on_after) {
      typed += end_of_input;
      unsent_ = 0;
    }
  }
  return typed;
}

std::string TypedCommand::type_end() {
  // Once for the unfinished line, once with nothing before it, which is the end.
  const std::size_t times{std::exchange(unsent_, 0) > 0 ? 2U : 1U};
  return std::string(times, end_of_input);
}

std::string TypedCommand::output(std::string_view bytes) {
  held_ += bytes;
  std::string out{};
  const std::string begins{std::string{mark} + wanted_.nonce + mark};
  const std::string ends{std::string{mark} + wanted_.nonce + ":"};
  constexpr std::size_t code_digits_max{3};
  while (stage_ != Stage::after && !held_.empty()) {
    const std::size_t at{std::min(held_.find(mark), held_.size())};
    std::string passed{held_.substr(0, at)};
    held_.erase(0, at);
    if (stage_ == Stage::before) {
      before_ += passed;
      if (before_.size() > before_max) before_.erase(0, before_.size() - before_max);
    } else {
      out += passed;
    }
    if (held_.empty()) break;
    const std::string& looked_for{stage_ == Stage::before ? begins : ends};
    const std::string_view seen{std::string_view{held_}.substr(0, looked_for.size())};
    const bool may_be{std::string_view{looked_for}.starts_with(seen)};
    if (may_be && seen.size() < looked_for.size()) break;  // the rest has not come yet
    if (may_be && stage_ == Stage::before) {
      held_.erase(0, looked_for.size());
      stage_ = Stage::inside;
      continue;
    }
    if (may_be) {
      const std::size_t close{held_.find(mark, looked_for.size())};
      const std::size_t digits{std::min(close, held_.size()) - looked_for.size()};
      if (close == std::string::npos && digits <= code_digits_max) break;
      int code{0};
      const char* const from{held_.data() + looked_for.size()};
      const auto [end, failure] = std::from_chars(from, from + digits, code);
      const bool is_whole{failure == std::errc{} && end == from + digits};
      const bool is_code{is_whole && digits <= code_digits_max && code >= 0 && code <= 255};
      if (is_code) {
        exit_code_ = code;
        stage_ = Stage::after;
        break;
      }
    }
    // Only looks like one.
    if (stage_ == Stage::inside) out += held_.front();
    held_.erase(0, 1);
  }
  return out;
}

std::string TypedCommand::before() const {
  return io::excerpt(before_, before_max);
}

}  // namespace spillway::virtual_node
