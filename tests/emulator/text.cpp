#include "tests/emulator/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

namespace spillway::emulator {
namespace {

constexpr std::string_view alphabet{
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"};

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace

std::string lower_text(std::string_view text) {
  std::string result{text};
  std::transform(result.begin(), result.end(), result.begin(), lower);
  return result;
}

bool equal_text(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

// The greedy two-pointer match: linear for every pattern with one star, never exponential.
bool matches_glob(std::string_view pattern, std::string_view text) {
  std::size_t p{0}, t{0};
  std::size_t star{std::string_view::npos}, resume{0};
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.size() && lower(pattern[p]) == lower(text[t])) {
      ++p, ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

std::string region_name(std::string_view text) {
  std::string name{lower_text(text)};
  std::erase(name, ' ');
  return name;
}

std::string stable_guid(std::string_view text) {
  const auto hash{[](std::string_view bytes, std::uint64_t sum) {  // FNV-1a
    for (const char c : bytes) sum = (sum ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
    return sum;
  }};
  const std::uint64_t high{hash(text, 14695981039346656037ULL)}, low{hash(text, high)};
  return fmt::format("{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}", high >> 32U, high >> 16U & 0xFFFFU,
                     high & 0xFFFU, 0x8000U | (low >> 48U & 0x3FFFU), low & 0xFFFFFFFFFFFFULL);
}

std::string base64_url(std::string_view bytes) {
  std::string text;
  unsigned window{0};
  int bits{0};
  for (const char byte : bytes) {
    window = window << 8 | static_cast<unsigned char>(byte);
    for (bits += 8; bits >= 6; bits -= 6) text += alphabet[window >> (bits - 6) & 63U];
  }
  if (bits > 0) text += alphabet[window << (6 - bits) & 63U];
  return text;
}

std::optional<std::string> from_base64_url(std::string_view text) {
  std::string bytes;
  unsigned window{0};
  int bits{0};
  for (const char c : text) {
    const std::size_t digit{alphabet.find(c)};
    if (digit == std::string_view::npos) return std::nullopt;
    window = window << 6 | static_cast<unsigned>(digit);
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes += static_cast<char>(window >> bits & 0xFFU);
  }
  return bytes;
}

}  // namespace spillway::emulator
