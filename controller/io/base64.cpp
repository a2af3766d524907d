#include "controller/io/base64.hpp"

#include <cstdint>

namespace spillway::io {

namespace {

std::string encode(std::string_view bytes, std::string_view alphabet, bool is_padded) {
  std::string text{};
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t at{0}; at < bytes.size(); at += 3) {
    const std::string_view piece{bytes.substr(at, 3)};
    std::uint32_t bits{0};
    for (std::size_t i{0}; i < 3; ++i) {
      bits = (bits << 8U) | (i < piece.size() ? static_cast<unsigned char>(piece[i]) : 0U);
    }
    for (std::size_t i{0}; i < 4; ++i) {
      if (i <= piece.size()) {
        text += alphabet[(bits >> (18U - 6U * i)) & 63U];
      } else if (is_padded) {
        text += '=';
      }
    }
  }
  return text;
}

/// The six bits that `c` stands for in the usual alphabet; nothing if it is not of it.
std::optional<std::uint32_t> sextet(char c) {
  if (c >= 'A' && c <= 'Z') return static_cast<std::uint32_t>(c - 'A');
  if (c >= 'a' && c <= 'z') return static_cast<std::uint32_t>(c - 'a' + 26);
  if (c >= '0' && c <= '9') return static_cast<std::uint32_t>(c - '0' + 52);
  if (c == '+') return 62U;
  if (c == '/') return 63U;
  return std::nullopt;
}

}  // namespace

std::string base64(std::string_view bytes) {
  return encode(bytes, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", true);
}

std::string base64url(std::string_view bytes) {
  return encode(bytes, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", false);
}

std::optional<std::string> decode_base64(std::string_view text) {
  std::string bytes{};
  bytes.reserve(text.size() / 4 * 3);
  std::uint32_t bits{0};
  std::size_t characters{0};
  std::size_t padding{0};
  for (const char c : text) {
    if (c == '\n' || c == '\r') continue;
    ++characters;
    if (c == '=') {
      ++padding;
      continue;
    }
    const auto six = sextet(c);
    if (!six || padding > 0) return std::nullopt;
    bits = (bits << 6U) | *six;
    // Each character completes a byte but the first of four.
    const std::size_t in_four{characters % 4};
    if (in_four == 2) bytes += static_cast<char>((bits >> 4U) & 0xffU);
    if (in_four == 3) bytes += static_cast<char>((bits >> 2U) & 0xffU);
    if (in_four == 0) bytes += static_cast<char>(bits & 0xffU);
  }
  if (characters % 4 != 0 || padding > 2) return std::nullopt;
  return bytes;
}

}  // namespace spillway::io
