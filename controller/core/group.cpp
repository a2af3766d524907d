#include "controller/core/group.hpp"

#include <algorithm>
#include <array>

namespace spillway {
namespace {

struct Word {
  GroupPhase phase;
  std::string_view text;
};

constexpr std::array words{
    Word{GroupPhase::intended, "intended"}, Word{GroupPhase::creating, "creating"},
    Word{GroupPhase::starting, "starting"}, Word{GroupPhase::probing, "probing"},
    Word{GroupPhase::serving, "serving"},   Word{GroupPhase::draining, "draining"},
    Word{GroupPhase::removing, "removing"}, Word{GroupPhase::gone, "gone"},
    Word{GroupPhase::failed, "failed"},     Word{GroupPhase::evicted, "evicted"},
    Word{GroupPhase::stuck, "stuck"},
};

}  // namespace

std::string_view to_string(GroupPhase phase) {
  const auto word{std::ranges::find(words, phase, &Word::phase)};
  return word == words.end() ? "unknown" : word->text;
}

std::optional<GroupPhase> group_phase_named(std::string_view text) {
  const auto word{std::ranges::find(words, text, &Word::text)};
  if (word == words.end()) return std::nullopt;
  return word->phase;
}

bool is_starting(GroupPhase phase) {
  return phase == GroupPhase::intended || phase == GroupPhase::creating ||
         phase == GroupPhase::starting || phase == GroupPhase::probing;
}

bool may_cost_money(GroupPhase phase) {
  return phase != GroupPhase::gone;
}

std::string_view to_string(Priority priority) {
  return priority == Priority::spot ? "spot" : "regular";
}

std::string to_string(const Place& place) {
  std::string text{place.region};
  if (!place.zone.empty()) text += "/" + place.zone;
  if (place.priority == Priority::spot) text += " spot";
  return text;
}

}  // namespace spillway
