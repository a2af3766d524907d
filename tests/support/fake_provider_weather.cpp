// What happens to the fake cloud and its groups, and what tests see of them. How it works is in
// fake_provider.cpp.
#include <fmt/format.h>

#include <algorithm>

#include "tests/support/fake_provider.hpp"

namespace spillway::testing {

// --- weather ------------------------------------------------------------------------------------

void FakeProvider::fail_next(Call call, Error error) {
  weather_[call].push_back(Weather{std::move(error), false});
}

void FakeProvider::lose_next_answer(Call call) {
  weather_[call].push_back(Weather{std::nullopt, true});
}

void FakeProvider::add_foreign(std::string name, std::string owner) {
  FakeGroup group{};
  group.request.id.name = name;
  group.request.place.region = "eastus";
  group.request.tags.owner = std::move(owner);
  group.accepted_at = group.billed_from = group.pulled_at = clock_.now();
  group.provisioned_at = clock_.now();
  group.ip = fmt::format("10.9.0.{}", ++addresses_given_);
  world_.insert_or_assign(std::move(name), std::move(group));
}

void FakeProvider::vanish(std::string_view name) {
  FakeGroup& group{existing(name)};
  group.deleted_at = group.gone_at = clock_.now();
}

void FakeProvider::end_containers(std::string_view name, std::string reason, int exit_code) {
  FakeGroup& group{existing(name)};
  group.exit_code = exit_code;
  group.ended_at = clock_.now();
  group.log += reason + "\n";
}

void FakeProvider::write_log(std::string_view name, const std::string& container,
                             std::string_view text) {
  FakeGroup& group{existing(name)};
  (container == main_container_name ? group.log : group.logs_beside[container]) += text;
}

void FakeProvider::move(std::string_view name) {
  FakeGroup& group{existing(name)};
  group.ip = fmt::format("10.1.{}.{}", addresses_given_ / 250, addresses_given_ % 250 + 1);
  ++addresses_given_;
  ++group.restarts;
  group.pulled_at = clock_.now();
}

void FakeProvider::start_again(FakeGroup& group) {
  ++group.restarts;
  group.provisioned_at = clock_.now() + behaviour.start_time;
  group.pulled_at = clock_.now() + behaviour.pull_after;
}

void FakeProvider::repair(std::string_view name) {
  FakeGroup& group{existing(name)};
  start_again(group);
  group.is_repairing = true;
}

void FakeProvider::evict(std::string_view name, bool says_so) {
  FakeGroup& group{existing(name)};
  start_again(group);
  group.is_repairing = false;
  group.was_evicted = group.was_evicted || says_so;
}

void FakeProvider::unstick(std::string_view name) {
  FakeGroup& group{existing(name)};
  if (!group.provisioned_at) group.provisioned_at = clock_.now();
  if (group.deleted_at && !group.gone_at) group.gone_at = clock_.now();
}

// --- what tests look at -------------------------------------------------------------------------

std::size_t FakeProvider::count_calls(std::string_view beginning) const {
  return static_cast<std::size_t>(
      std::count_if(calls.begin(), calls.end(),
                    [&](const std::string& call) { return call.starts_with(beginning); }));
}

std::vector<std::string> FakeProvider::names() const {
  std::vector<std::string> found{};
  for (const auto& [name, group] : world_) {
    if (find(name) != nullptr) found.push_back(name);
  }
  return found;
}

const FakeGroup* FakeProvider::find(std::string_view name) const {
  const auto found = world_.find(name);
  if (found == world_.end()) return nullptr;
  const FakeGroup& group{found->second};
  return group.gone_at && *group.gone_at <= clock_.now() ? nullptr : &group;
}

Duration FakeProvider::billed_time() const {
  const TimePoint now{clock_.now()};
  Duration total{0};
  const auto add = [&](const FakeGroup& group) {
    TimePoint end{group.gone_at ? std::min(*group.gone_at, now) : now};
    if (group.ended_at) end = std::min(end, *group.ended_at);
    total += std::max(Duration::zero(), end - group.billed_from);
  };
  for (const FakeGroup& group : gone_) add(group);
  for (const auto& [name, group] : world_) add(group);
  return total;
}

}  // namespace spillway::testing
