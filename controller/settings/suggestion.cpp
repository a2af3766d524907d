#include "controller/settings/suggestion.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace spillway::settings {
namespace {

/// No known word is longer, so a longer one is near to none; bounds the work on hostile input.
constexpr std::size_t longest_word{64};

std::string folded(std::string_view word) {
  std::string text{word};
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (c == '-' || c == ' ') c = '_';
  }
  return text;
}

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> two_ago(b.size() + 1);
  std::vector<std::size_t> last(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j{0}; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i{1}; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j{1}; j <= b.size(); ++j) {
      const std::size_t replaced{last[j - 1] + (a[i - 1] == b[j - 1] ? 0U : 1U)};
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, replaced});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], two_ago[j - 2] + 1);
      }
    }
    std::swap(two_ago, last);
    std::swap(last, row);
  }
  return last[b.size()];
}

std::optional<std::string_view> nearest_word(std::string_view word,
                                             std::span<const std::string_view> known) {
  if (word.empty() || word.size() > longest_word) return std::nullopt;
  const std::string wanted{folded(word)};
  std::optional<std::string_view> best;
  std::size_t best_distance{std::max<std::size_t>(1, word.size() / 3) + 1};
  for (const std::string_view candidate : known) {
    const std::size_t distance{edit_distance(wanted, folded(candidate))};
    // Two letters in common at least: `a` is not a misspelt `b`.
    if (distance < best_distance && distance < std::min(word.size(), candidate.size())) {
      best_distance = distance;
      best = candidate;
    }
  }
  if (best) return best;
  // `target` for `target_utilization`, `timeout_s` for `timeout`.
  for (const std::string_view candidate : known) {
    const std::string name{folded(candidate)};
    const bool is_part{name.starts_with(wanted) || name.ends_with(wanted) ||
                       wanted.starts_with(name) || wanted.ends_with(name)};
    if (is_part && std::min(word.size(), candidate.size()) >= 4) return candidate;
  }
  return std::nullopt;
}

}  // namespace spillway::settings
