#include "controller/settings/text_check.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace spillway::settings {
namespace {

unsigned byte_at(std::string_view text, std::size_t index) {
  return index < text.size() ? static_cast<unsigned char>(text[index]) : 0U;
}

bool is_continuation(unsigned byte) {
  return (byte & 0xC0U) == 0x80U;
}

/// The length of the well-formed UTF-8 character at `at`; 0 if there is none (Unicode, table 3-7).
std::size_t character_length(std::string_view text, std::size_t at) {
  const unsigned first{byte_at(text, at)};
  const unsigned second{byte_at(text, at + 1)};
  if (first < 0x80U) return 1;
  if (first < 0xC2U || first > 0xF4U || !is_continuation(second)) return 0;
  if (first < 0xE0U) return 2;
  if (!is_continuation(byte_at(text, at + 2))) return 0;
  if (first < 0xF0U) {
    const bool is_overlong{first == 0xE0U && second < 0xA0U};
    const bool is_surrogate{first == 0xEDU && second >= 0xA0U};
    return is_overlong || is_surrogate ? 0 : 3;
  }
  if (!is_continuation(byte_at(text, at + 3))) return 0;
  const bool is_overlong{first == 0xF0U && second < 0x90U};
  const bool is_beyond{first == 0xF4U && second >= 0x90U};
  return is_overlong || is_beyond ? 0 : 4;
}

bool is_control(unsigned byte) {
  return (byte < 0x20U && byte != '\n' && byte != '\r' && byte != '\t') || byte == 0x7FU;
}

}  // namespace

Lines::Lines(std::string_view text) : text_{text}, starts_{0} {
  for (std::size_t i{0}; i < text.size(); ++i) {
    if (text[i] == '\n') starts_.push_back(i + 1);
  }
}

std::string_view Lines::line(int number) const {
  if (number < 1 || static_cast<std::size_t>(number) > starts_.size()) return {};
  const std::size_t begin{starts_[static_cast<std::size_t>(number) - 1]};
  std::string_view rest{text_.substr(begin)};
  rest = rest.substr(0, rest.find('\n'));
  if (rest.ends_with('\r')) rest.remove_suffix(1);
  return rest;
}

std::size_t Lines::offset(int line, int column) const {
  if (line < 1 || column < 1 || static_cast<std::size_t>(line) > starts_.size()) {
    return text_.size();
  }
  const std::size_t begin{starts_[static_cast<std::size_t>(line) - 1]};
  return std::min(text_.size(), begin + static_cast<std::size_t>(column) - 1);
}

bool check_characters(std::string_view text, std::size_t file, Complaints& complaints) {
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) {
    complaints.report({file}, {}, "the file is UTF-16; save it as UTF-8");
    return false;
  }
  Mark mark{file, 1, 1};
  for (std::size_t at{0}; at < text.size();) {
    const unsigned byte{byte_at(text, at)};
    const std::size_t length{character_length(text, at)};
    if (length == 0 || is_control(byte)) {
      complaints.report(
          mark, {},
          length == 0 ? fmt::format("the byte 0x{:02x} is not UTF-8; save the file as UTF-8", byte)
                      : fmt::format("found the control character 0x{:02x}; expected text", byte));
      return false;
    }
    at += length;
    mark.column += static_cast<int>(length);
    if (byte == '\n') mark = {file, mark.line + 1, 1};
  }
  return true;
}

int indenting_tab(std::string_view line) {
  const std::size_t content{line.find_first_not_of(" \t")};
  if (content == line.npos || line[content] == '#') return 0;
  const std::size_t tab{line.substr(0, content).find('\t')};
  return tab == line.npos ? 0 : static_cast<int>(tab) + 1;
}

int indenting_no_break_space(std::string_view line) {
  const std::size_t content{line.find_first_not_of(' ')};
  return content != line.npos && line.substr(content).starts_with("\xC2\xA0")
             ? static_cast<int>(content) + 1
             : 0;
}

std::optional<int> swallowing_quote(std::string_view text, int number) {
  const auto begins_value{[text](std::size_t at) {
    if (at == 0 || text[at - 1] == '[' || text[at - 1] == '{') return true;
    if (text[at - 1] != ' ' || at < 2) return false;
    return std::string_view{":-,[{"}.find(text[at - 2]) != std::string_view::npos;
  }};
  int line{1};
  for (std::size_t at{0}; at < text.size() && line <= number; ++at) {
    if (text[at] == '\n') ++line;
    if (text[at] == '#' && at > 0 && text[at - 1] == ' ') {
      at = std::min(text.find('\n', at), text.size()) - 1;
      continue;
    }
    const char quote{text[at]};
    if ((quote != '"' && quote != '\'') || !begins_value(at)) continue;
    const int opened{line};
    for (++at; at < text.size() && text[at] != quote; ++at) {
      if (quote == '"' && text[at] == '\\') ++at;
      if (at < text.size() && text[at] == '\n') ++line;
    }
    if (line == number && opened < number) return opened;
  }
  return std::nullopt;
}

}  // namespace spillway::settings
