#include "controller/loop/removal_pause.hpp"

#include <algorithm>

#include "controller/core/refusal.hpp"

namespace spillway {
namespace {

constexpr Duration first_removal_pause{std::chrono::minutes{1}};
/// Nobody watches: a right that was given is used that much later at most, unless a reload says so.
constexpr Duration longest_removal_pause{std::chrono::minutes{15}};

}  // namespace

void RemovalPause::on_denied(const Error& error, TimePoint now) {
  const bool is_as_before{denial_ && is_same_refusal(*denial_, error)};
  in_a_row_ = is_as_before ? in_a_row_ + 1 : 1;
  denial_ = error;
  Duration pause{first_removal_pause};
  for (int i{1}; i < in_a_row_ && pause < longest_removal_pause; ++i) pause *= 2;
  until_ = now + std::min(pause, longest_removal_pause);
}

}  // namespace spillway
