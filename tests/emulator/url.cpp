#include "tests/emulator/url.hpp"

#include <fmt/format.h>

#include "tests/emulator/text.hpp"

namespace spillway::emulator {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::optional<std::string> decode(std::string_view text, bool plus_is_blank) {
  std::string result;
  for (std::size_t i{0}; i < text.size(); ++i) {
    char c{text[i]};
    if (c == '%') {
      const int high{i + 2 < text.size() ? hex_digit(text[i + 1]) : -1};
      const int low{i + 2 < text.size() ? hex_digit(text[i + 2]) : -1};
      if (high < 0 || low < 0) return std::nullopt;
      c = static_cast<char>(high * 16 + low);
      i += 2;
    } else if (c == '+' && plus_is_blank) {
      c = ' ';
    }
    result += c;
  }
  return result;
}

bool has_control_byte(std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) return true;
  }
  return false;
}

}  // namespace

std::optional<std::string> Url::parameter(std::string_view name) const {
  for (const auto& [key, value] : query) {
    if (equal_text(key, name)) return value;
  }
  return std::nullopt;
}

std::optional<Fields> parse_form(std::string_view text) {
  Fields fields;
  while (!text.empty()) {
    const std::string_view pair{text.substr(0, text.find('&'))};
    text.remove_prefix(std::min(text.size(), pair.size() + 1));
    if (pair.empty()) continue;
    const std::size_t equals{pair.find('=')};
    auto key{decode(pair.substr(0, equals), true)};
    auto value{equals == std::string_view::npos ? std::optional<std::string>{std::in_place}
                                                : decode(pair.substr(equals + 1), true)};
    if (!key || !value) return std::nullopt;
    fields.emplace_back(*std::move(key), *std::move(value));
  }
  return fields;
}

std::optional<Url> parse_target(std::string_view target) {
  if (!target.starts_with('/') || has_control_byte(target)) return std::nullopt;
  const std::size_t question{target.find('?')};
  std::string_view path{target.substr(0, question)};
  Url url{.path = std::string{path}, .segments = {}, .query = {}};
  while (!path.empty()) {
    path.remove_prefix(1);
    const std::string_view segment{path.substr(0, path.find('/'))};
    path.remove_prefix(segment.size());
    if (segment.empty()) continue;
    auto decoded{decode(segment, false)};
    if (!decoded || has_control_byte(*decoded)) return std::nullopt;
    url.segments.push_back(*std::move(decoded));
  }
  if (question == std::string_view::npos) return url;
  auto query{parse_form(target.substr(question + 1))};
  if (!query) return std::nullopt;
  url.query = *std::move(query);
  return url;
}

std::string percent_encode(std::string_view text) {
  static constexpr std::string_view plain{
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"};
  std::string result;
  for (const char c : text) {
    if (plain.find(c) != std::string_view::npos) {
      result += c;
    } else {
      result += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return result;
}

}  // namespace spillway::emulator
