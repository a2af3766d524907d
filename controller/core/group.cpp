#include "controller/core/group.hpp"

#include <algorithm>
#include <array>

namespace spillway {
namespace {

struct PhaseWord {
  GroupPhase phase;
  std::string_view text;
};

constexpr std::array phase_words{
    PhaseWord{GroupPhase::intended, "intended"}, PhaseWord{GroupPhase::creating, "creating"},
    PhaseWord{GroupPhase::starting, "starting"}, PhaseWord{GroupPhase::probing, "probing"},
    PhaseWord{GroupPhase::serving, "serving"},   PhaseWord{GroupPhase::draining, "draining"},
    PhaseWord{GroupPhase::removing, "removing"}, PhaseWord{GroupPhase::gone, "gone"},
    PhaseWord{GroupPhase::failed, "failed"},     PhaseWord{GroupPhase::evicted, "evicted"},
    PhaseWord{GroupPhase::stuck, "stuck"},
};

}  // namespace

std::string_view to_string(GroupPhase phase) {
  const auto word{std::ranges::find(phase_words, phase, &PhaseWord::phase)};
  return word == phase_words.end() ? "unknown" : word->text;
}

std::optional<GroupPhase> group_phase_named(std::string_view text) {
  const auto word{std::ranges::find(phase_words, text, &PhaseWord::text)};
  if (word == phase_words.end()) return std::nullopt;
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
