#include "tests/support/gen.hpp"

#include <algorithm>
#include <array>

namespace spillway::testing {

using namespace std::chrono_literals;

namespace {

constexpr TimePoint noon{1'795'444'200'000ms};
constexpr std::array phases{GroupPhase::intended, GroupPhase::creating, GroupPhase::starting,
                            GroupPhase::probing,  GroupPhase::serving,  GroupPhase::serving,
                            GroupPhase::serving,  GroupPhase::draining, GroupPhase::draining,
                            GroupPhase::removing, GroupPhase::failed,   GroupPhase::evicted,
                            GroupPhase::stuck};

}  // namespace

/// splitmix64 (Steele, Lea, Flood 2014): the standard library's distributions differ by platform.
std::uint64_t Gen::next() {
  std::uint64_t z{state_ += 0x9e3779b97f4a7c15U};
  z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
  z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
  return z ^ (z >> 31U);
}

int Gen::integer(int low, int high) {
  const auto width{static_cast<std::uint64_t>(high - low) + 1};
  return low + static_cast<int>(next() % width);
}

double Gen::real(double low, double high) {
  const double share{static_cast<double>(next() >> 11U) / 9007199254740992.0};  // 2^53
  return low + share * (high - low);
}

TimePoint Gen::instant() {
  return noon + std::chrono::seconds{integer(0, 86'399)};
}

Reading Gen::reading(double value, TimePoint now) {
  if (chance(0.05)) return Reading::missing("source down");
  if (chance(0.05)) return Reading::stale(value, now - 5min, "too old");
  return Reading::fresh(value, now - 1s);
}

BasePool Gen::base() {
  const int ready{integer(0, 12)};
  const int room{chance(0.3) ? integer(0, 4) : 0};
  const int pending{room == 0 && chance(0.2) ? integer(1, 5) : 0};
  return {.ready = {ready}, .desired = {ready + pending}, .pending = {pending}, .room = {room}};
}

std::vector<Group> Gen::groups(TimePoint now, GroupSize size, int count_max) {
  std::vector<Group> groups{};
  const int count{integer(0, count_max)};
  for (int i{0}; i < count; ++i) {
    Group group{.id = {"spillway-old-" + std::to_string(i)}, .size = size};
    group.phase = phases.at(static_cast<std::size_t>(integer(0, phases.size() - 1)));
    group.template_hash = chance(0.8) ? "current" : "outdated";
    group.created_at = now - std::chrono::seconds{integer(60, 3600)};
    if (group.phase == GroupPhase::serving && chance(0.8)) group.in_flight = integer(0, 9);
    if (group.phase == GroupPhase::draining) {
      group.draining_since = now - std::chrono::seconds{integer(0, 60)};
    }
    groups.push_back(group);
  }
  return groups;
}

Fleet Gen::fleet(TimePoint now, double unknown) {
  Fleet fleet{};
  if (!chance(unknown)) fleet.base = base();
  if (!chance(unknown)) fleet.burst = groups(now, {}, 12);
  if (chance(0.2)) fleet.vms = {.ready = {integer(0, 3)}, .starting = {integer(0, 2)}};
  return fleet;
}

Snapshot Gen::snapshot(double unknown) {
  Snapshot snapshot{.taken_at = instant(), .workload = "web"};
  snapshot.fleet = fleet(snapshot.taken_at, unknown);
  const double load_rps{real(0.0, 300.0)};
  const int serving{snapshot.fleet.base ? snapshot.fleet.base->ready.count : 6};
  const double utilization{load_rps / (10.0 * std::max(1, serving))};
  snapshot.readings.set("load", reading(load_rps, snapshot.taken_at));
  snapshot.readings.set("utilization", reading(utilization, snapshot.taken_at));
  return snapshot;
}

History Gen::history(TimePoint now) {
  History past{};
  if (chance(0.1)) return past;
  const int ticks{integer(1, 12)};
  int count{integer(0, 30)};
  for (int i{ticks}; i >= 1; --i) {
    const TimePoint at{now - i * 15s};
    past.recommendations.push_back({at, {integer(0, 40)}});
    const int before{count};
    if (chance(0.4)) count = integer(0, 30);
    if (count != before && i < ticks) past.changes.push_back({at, {count - before}});
    past.last = CountAt{at, {count}};
  }
  past.last_burst = Replicas{integer(0, count)};
  if (chance(0.1)) past.blind_since = now - std::chrono::seconds{integer(15, 900)};
  if (!past.blind_since && chance(0.1)) {
    past.sighted_since = now - std::chrono::seconds{integer(15, 900)};
  }
  if (chance(0.3)) past.memories["saturation"] = {1.0};
  return past;
}

std::vector<Recommendation> Gen::recommendations() {
  constexpr std::array reasons{Because::load_over_target, Because::saturated, Because::no_data};
  std::vector<Recommendation> all{};
  const int count{integer(0, 6)};
  for (int i{0}; i < count; ++i) {
    Recommendation each{.policy = "p" + std::to_string(i)};
    if (chance(0.6)) each.floor = Replicas{integer(0, 8)};
    if (chance(0.3)) each.ceiling = Replicas{integer(0, 8)};
    each.is_hold = chance(0.2);
    each.because = reasons.at(static_cast<std::size_t>(integer(0, reasons.size() - 1)));
    each.words = "words " + std::to_string(i);
    all.push_back(each);
  }
  return all;
}

std::vector<Offer> Gen::offers(GroupSize size) {
  std::vector<Offer> offers{};
  const int count{integer(0, 4)};
  for (int i{0}; i < count; ++i) {
    Offer offer{.place = {.subscription = "s", .region = "region" + std::to_string(i)},
                .size = size,
                .price = {usd(real(0.03, 0.1))}};
    if (chance(0.3)) offer.quota_left = integer(0, 6);
    if (chance(0.2)) offer.closed_because = Because::place_unavailable;
    offers.push_back(offer);
  }
  return offers;
}

}  // namespace spillway::testing
