#include "controller/settings/suggestion.hpp"

#include <algorithm>
#include <array>
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

std::string squeezed(std::string_view word) {
  std::string text{word};
  std::erase(text, '_');
  return text;
}

/// Whoever writes a key from memory remembers the word, not its number.
std::string singular(std::string_view word) {
  if (word.size() > 4 && word.ends_with("ies")) {
    return std::string{word.substr(0, word.size() - 3)} + "y";
  }
  if (word.size() > 3 && word.ends_with('s') && !word.ends_with("ss")) word.remove_suffix(1);
  return std::string{word};
}

/// `metric_sources` as metric, source.
std::vector<std::string> words_of(std::string_view name) {
  std::vector<std::string> words;
  while (!name.empty()) {
    const std::size_t end{std::min(name.find('_'), name.size())};
    if (end > 0) words.push_back(singular(name.substr(0, end)));
    name.remove_prefix(std::min(end + 1, name.size()));
  }
  return words;
}

/// True if all words of the one are the first words of the other.
bool leading_words_agree(std::string_view a, std::string_view b) {
  const std::vector<std::string> of_a{words_of(a)};
  const std::vector<std::string> of_b{words_of(b)};
  const std::size_t shared{std::min(of_a.size(), of_b.size())};
  constexpr std::size_t fewest_letters{3};  // `vm` could be anything of a machine
  std::size_t letters{0};
  for (std::size_t i{0}; i < shared; ++i) {
    if (of_a[i] != of_b[i]) return false;
    letters += of_a[i].size();
  }
  return letters >= fewest_letters;
}

bool is_part_of_the_other(std::string_view a, std::string_view b) {
  constexpr std::size_t fewest_letters{4};
  if (std::min(a.size(), b.size()) < fewest_letters) return false;
  return a.starts_with(b) || a.ends_with(b) || b.starts_with(a) || b.ends_with(a);
}

/// How other autoscalers call what we have: HPA, KEDA, Nomad, the clouds' own.
struct OtherName {
  std::string_view theirs;
  std::string_view ours;
};
constexpr std::array other_names{
    OtherName{"cooldown", "stabilization_window"},
    OtherName{"cooldown_period", "stabilization_window"},
    OtherName{"cores", "vcpu"},
    OtherName{"cpu", "vcpu"},
    OtherName{"cpus", "vcpu"},
    OtherName{"environment", "env"},
    OtherName{"evaluation_interval", "interval"},
    OtherName{"health_check", "probe"},
    OtherName{"location", "region"},
    OtherName{"max_capacity", "max_total"},
    OtherName{"max_replicas", "max_total"},
    OtherName{"metrics", "signals"},
    OtherName{"min_capacity", "min"},
    OtherName{"min_replicas", "min"},
    OtherName{"polling_interval", "interval"},
    OtherName{"ram", "memory"},
    OtherName{"scale_down", "scale_in"},
    OtherName{"scale_up", "scale_out"},
    OtherName{"triggers", "signals"},
};

std::optional<std::string_view> our_name_for(std::string_view wanted,
                                             std::span<const std::string_view> known) {
  const std::string without_gaps{squeezed(wanted)};  // theirs is often camelCase
  for (const OtherName& name : other_names) {
    const bool is_theirs{squeezed(name.theirs) == without_gaps};
    const bool is_meant{is_theirs && std::ranges::find(known, name.ours) != known.end()};
    if (is_meant) return name.ours;
  }
  return std::nullopt;
}

using Likeness = bool(std::string_view wanted, std::string_view name);

/// The known words that are alike, each once; `wanted` is folded.
std::vector<std::string_view> alike(std::string_view wanted,
                                    std::span<const std::string_view> known, Likeness& is_alike) {
  std::vector<std::string_view> found;
  for (const std::string_view candidate : known) {
    if (!is_alike(wanted, folded(candidate))) continue;
    if (std::ranges::find(found, candidate) == found.end()) found.push_back(candidate);
  }
  return found;
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
  if (const auto ours{our_name_for(wanted, known)}) return ours;
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
  // `metrics` for `metric_sources`, `timeout_s` for `timeout`; then `utilization` for
  // `target_utilization`. Where several fit, which one was meant is a guess.
  for (Likeness* const is_alike : {&leading_words_agree, &is_part_of_the_other}) {
    const auto fitting{alike(wanted, known, *is_alike)};
    if (fitting.size() == 1) return fitting.front();
    if (!fitting.empty()) return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace spillway::settings
