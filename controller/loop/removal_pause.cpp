#include "controller/loop/removal_pause.hpp"

#include <algorithm>

#include "controller/core/refusal.hpp"

namespace spillway {
namespace {

constexpr Duration first_removal_pause{std::chrono::minutes{1}};
/// Nobody watches: a right that was given is used that much later at most, unless a reload says so.
constexpr Duration longest_removal_pause{std::chrono::minutes{15}};

constexpr Duration first_early_pause{std::chrono::seconds{2}};
/// Some 35 deletes in the half hour after which Azure gives a stuck creation up: it allows 300 an
/// hour for all groups of a region.
constexpr Duration longest_early_pause{std::chrono::minutes{1}};

Duration doubled(Duration first, int in_a_row, Duration longest) {
  Duration pause{first};
  for (int i{1}; i < in_a_row && pause < longest; ++i) pause *= 2;
  return std::min(pause, longest);
}

}  // namespace

void RemovalPause::on_denied(const Error& error, TimePoint now) {
  const bool is_as_before{denial_ && is_same_refusal(*denial_, error)};
  in_a_row_ = is_as_before ? in_a_row_ + 1 : 1;
  denial_ = error;
  until_ = now + doubled(first_removal_pause, in_a_row_, longest_removal_pause);
}

void RemovalPause::on_too_early(TimePoint now) {
  ++too_early_in_a_row_;
  too_early_until_ = now + doubled(first_early_pause, too_early_in_a_row_, longest_early_pause);
}

}  // namespace spillway
