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

}  // namespace

std::string base64(std::string_view bytes) {
  return encode(bytes, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", true);
}

std::string base64url(std::string_view bytes) {
  return encode(bytes, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", false);
}

}  // namespace spillway::io
