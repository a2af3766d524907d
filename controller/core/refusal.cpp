#include "controller/core/refusal.hpp"

#include <algorithm>
#include <string>
#include <string_view>

namespace spillway {
namespace {

std::string words_without_digits(std::string_view text) {
  constexpr std::string_view between{" \t\n,;:'\"()"};
  std::string kept{};
  while (!text.empty()) {
    const std::size_t end{std::min(text.find_first_of(between), text.size())};
    const std::string_view word{text.substr(0, end)};
    if (word.find_first_of("0123456789") == word.npos) kept.append(word).push_back(' ');
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return kept;
}

}  // namespace

bool is_same_refusal(const Error& a, const Error& b) {
  return a.code == b.code && words_without_digits(a.context) == words_without_digits(b.context);
}

}  // namespace spillway
