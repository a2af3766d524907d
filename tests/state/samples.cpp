#include "tests/state/samples.hpp"

#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <string_view>

namespace spillway::testing {

using namespace std::chrono_literals;

GroupRecord intent(std::string name, TimePoint at) {
  return {.id = {std::move(name)},
          .workload = "shop",
          .place = {.subscription = "sub-1", .region = "eastus"},
          .size = {.vcpu = 1.0, .memory_gb = 1.5},
          .price = {usd(0.36)},
          .template_hash = "0123456789abcdef",
          .state = {.phase = GroupPhase::intended, .since = at, .created_at = at},
          .port = 8080};
}

JournalEntry plain_entry(std::string workload, TimePoint at) {
  const Place eastus{.subscription = "sub-1", .region = "eastus"};
  const HourlyPrice price{usd(0.0594)};
  JournalEntry entry{.at = at, .workload = workload, .settings_hash = "cafe", .mode = "act"};
  entry.snapshot = {.taken_at = at, .workload = workload, .replica_price = price};
  entry.snapshot.readings.set("load", Reading::fresh(141.96, at - 400ms));
  entry.snapshot.readings.set("utilization", Reading::fresh(0.7098, at - 400ms));
  entry.snapshot.fleet.base = BasePool{.ready = {10}, .desired = {10}, .nodes_up = 5};
  entry.snapshot.fleet.burst.emplace();
  for (auto age{300s}; age > 0s; age -= 5s) {
    entry.past.recommendations.push_back({at - age, {11}});
  }
  entry.past.last = CountAt{at - 5s, {10}};
  entry.past.changes.push_back({at - 200s, {1}});
  entry.past.memories["saturation"] = {0.0, 1.0};
  entry.decision = {.at = at,
                    .workload = workload,
                    .desired = {11},
                    .recommended = {11},
                    .burst = {1},
                    .because = Because::load_over_target};
  entry.decision.recommendations.push_back({.policy = "target_utilization",
                                            .floor = Replicas{11},
                                            .because = Because::load_over_target,
                                            .words = "142 req/s need 11 replicas at 70 %"});
  entry.decision.trail.push_back({.who = "arbiter",
                                  .before = {10},
                                  .after = {11},
                                  .because = Because::highest_floor,
                                  .words = "target_utilization asks for most"});
  entry.offers.push_back({.place = eastus, .price = price});
  entry.plan.creates.push_back({.id = {"spillway-19b4-1"}, .place = eastus, .price = price});
  return entry;
}

std::int64_t StoredValues::below(std::int64_t limit) {
  return static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(limit));
}

double StoredValues::any_double() {
  using Limits = std::numeric_limits<double>;
  constexpr std::array odd{0.0,
                           -0.0,
                           Limits::denorm_min(),
                           -Limits::denorm_min(),
                           Limits::min(),
                           Limits::max(),
                           Limits::lowest(),
                           0.1 + 0.2,
                           9007199254740993.0,
                           1e23};
  switch (below(4)) {
    case 0:
      return odd[static_cast<std::size_t>(below(std::ssize(odd)))];
    case 1:
      return std::bit_cast<double>(random_() >> 12U);  // a denormal
    case 2:
      return static_cast<double>(below(2'000'000) - 1'000'000) / 1000.0;
    default:
      return std::bit_cast<double>(random_());
  }
}

double StoredValues::any_finite() {
  for (;;) {
    if (const double value{any_double()}; std::isfinite(value)) return value;
  }
}

std::string StoredValues::text() {
  constexpr std::array<std::string_view, 12> pieces{"shop", "\"",     "\\",   "\n", "\x01", "\x7f",
                                                    "ü",    "данные", "日本", "/",  "%s",   "'"};
  std::string made{};
  for (std::int64_t i{0}, count{below(6)}; i < count; ++i) {
    made += pieces[static_cast<std::size_t>(below(std::ssize(pieces)))];
  }
  if (below(8) == 0) made.push_back('\0');
  return made;
}

TimePoint StoredValues::instant() {
  return stored_noon + Duration{below(4'000'000'000) - 2'000'000'000};
}

std::optional<TimePoint> StoredValues::maybe_instant() {
  if (coin()) return std::nullopt;
  return instant();
}

Because StoredValues::because() {
  constexpr std::array some{Because::load_over_target,   Because::steady,   Because::no_data,
                            Because::ceiling_over_floor, Because::vanished, Because::no_opinion};
  return some[static_cast<std::size_t>(below(std::ssize(some)))];
}

Place StoredValues::place() {
  return {text(), text(), text(), coin() ? Priority::spot : Priority::regular};
}

GroupSize StoredValues::size() {
  return {any_finite(), any_finite(), replicas()};
}

GroupRecord StoredValues::group() {
  GroupRecord record{.id = {text() + std::to_string(random_())},
                     .workload = text(),
                     .place = place(),
                     .size = size(),
                     .price = price(),
                     .template_hash = text(),
                     .ip = text(),
                     .port = static_cast<int>(below(65536)),
                     .serving_since = maybe_instant(),
                     .billed_from = maybe_instant(),
                     .note = text()};
  record.state = {.phase = static_cast<GroupPhase>(below(11)),
                  .since = instant(),
                  .created_at = instant(),
                  .is_unanswered = coin()};
  if (coin()) record.state.leaving_because = because();
  record.state.withdrawn_at = maybe_instant();
  record.intended_at = maybe_instant();
  if (record.billed_from && coin()) record.billed_until = *record.billed_from + duration();
  return record;
}

Group StoredValues::fleet_group() {
  Group group{.id = {text()},
              .phase = static_cast<GroupPhase>(below(11)),
              .place = place(),
              .size = size(),
              .template_hash = text(),
              .created_at = instant(),
              .serving_since = maybe_instant(),
              .draining_since = maybe_instant()};
  if (coin()) group.in_flight = static_cast<int>(below(1000));
  group.has_traffic = coin();
  group.is_doubted = coin();
  group.is_unlisted = coin();
  group.is_unsure = coin();
  return group;
}

Reading StoredValues::reading() {
  switch (below(3)) {
    case 0:
      return Reading::fresh(any_finite(), instant());
    case 1:
      return Reading::stale(any_finite(), instant(), text());
    default:
      return Reading::missing(text());
  }
}

Snapshot StoredValues::snapshot() {
  Snapshot made{.taken_at = instant(),
                .workload = text(),
                .start_times = {duration(), duration()},
                .replica_price = price(),
                .spend = {Money{below(1'000'000)}, Money{-below(1'000'000)}, price().per_hour},
                .drained_until = maybe_instant(),
                .stopping_since = maybe_instant()};
  if (coin()) made.standby = Standby{replicas(), replicas(), duration()};
  for (std::int64_t i{0}, count{below(5)}; i < count; ++i) made.readings.set(text(), reading());
  if (coin()) {
    made.fleet.base = BasePool{.ready = replicas(),
                               .starting = replicas(),
                               .desired = replicas(),
                               .pending = replicas(),
                               .room = replicas(),
                               .nodes_up = static_cast<int>(below(100)),
                               .nodes_down = static_cast<int>(below(100)),
                               .is_rolling = coin()};
  }
  made.fleet.vms = {.ready = replicas(), .starting = replicas()};
  if (coin()) made.fleet.vms.staying = replicas();
  if (coin()) {
    made.fleet.burst.emplace();
    for (std::int64_t i{0}, count{below(4)}; i < count; ++i) {
      made.fleet.burst->push_back(fleet_group());
    }
  }
  return made;
}

History StoredValues::history() {
  History made{.blind_since = maybe_instant(), .sighted_since = maybe_instant()};
  if (coin()) made.last = CountAt{instant(), replicas()};
  if (coin()) made.last_burst = replicas();
  for (std::int64_t i{0}, count{below(20)}; i < count; ++i) {
    made.recommendations.push_back({instant(), replicas()});
    if (coin()) made.changes.push_back({instant(), replicas()});
  }
  for (std::int64_t i{0}, count{below(3)}; i < count; ++i) {
    KeptMemory& kept{made.memories[text()]};
    Memory memory{};
    for (std::int64_t j{0}, length{below(5)}; j < length; ++j) memory.push_back(any_finite());
    kept = std::move(memory);
  }
  return made;
}

Recommendation StoredValues::recommendation() {
  Recommendation made{
      .policy = text(), .is_hold = coin(), .because = because(), .words = text(), .memory = {}};
  if (coin()) made.floor = replicas();
  if (coin()) made.ceiling = replicas();
  if (coin()) made.vms = replicas();
  if (coin()) made.memory = {any_finite(), any_finite()};
  return made;
}

Decision StoredValues::decision() {
  Decision made{.at = instant(),
                .workload = text(),
                .desired = replicas(),
                .recommended = replicas(),
                .burst = replicas(),
                .vms = replicas(),
                .because = because(),
                .is_blind = coin()};
  for (std::int64_t i{0}, count{below(4)}; i < count; ++i) {
    made.recommendations.push_back(recommendation());
    made.trail.push_back({text(), replicas(), replicas(), because(), text()});
  }
  return made;
}

Plan StoredValues::plan() {
  Plan made{};
  for (std::int64_t i{0}, count{below(3)}; i < count; ++i) {
    made.creates.push_back({{text()}, place(), size(), price(), because()});
    made.readmits.push_back({{text()}, because()});
    if (coin()) made.drains.push_back({{text()}, because()});
    made.withheld.push_back({replicas(), because()});
  }
  return made;
}

JournalEntry StoredValues::entry() {
  JournalEntry made{.at = instant(),
                    .workload = text(),
                    .snapshot = snapshot(),
                    .past = history(),
                    .decision = decision(),
                    .plan = plan(),
                    .settings_hash = text(),
                    .mode = coin() ? "act" : "observe"};
  for (std::int64_t i{0}, count{below(3)}; i < count; ++i) {
    Offer offer{.place = place(), .size = size(), .price = price()};
    if (coin()) offer.quota_left = static_cast<int>(below(100));
    if (coin()) offer.closed_because = because();
    made.offers.push_back(offer);
    made.outcomes.push_back({text(), {text()}, text()});
    made.loads.push_back({instant(), any_finite()});
  }
  if (coin()) {
    made.shadow = ShadowTick{.past = history(), .decision = decision()};
    made.shadow->record = {
        .since = instant(),
        .at = instant(),
        .requests = any_finite(),
        .acting = {.rent = price().per_hour, .late_requests = any_finite()},
        .shadow = {.rent = price().per_hour, .late_requests = any_finite(), .lacks_price = coin()},
        .service_rate = {any_finite()}};
    if (coin()) made.shadow->before = ShadowRecord{.since = instant(), .requests = any_finite()};
  }
  made.plan_limits = {.name_prefix = text(),
                      .template_hash = text(),
                      .create_tokens = static_cast<int>(below(100)),
                      .drain_share_per_tick = any_finite(),
                      .is_listing_stale = coin(),
                      .is_scale_out_paused = coin(),
                      .is_scale_in_paused = coin()};
  made.plan_limits.is_traffic_unknown = coin();
  made.plan_limits.is_trial = coin();
  if (coin()) made.plan_limits.traffic_slots = static_cast<int>(below(100));
  if (coin()) made.plan_limits.most_wanted = static_cast<int>(below(100));
  if (coin()) made.plan_limits.max_burst = static_cast<int>(below(100));
  if (coin()) made.plan_limits.roll = RollLimits{.max_surge = 2, .max_unavailable = 1};
  return made;
}

}  // namespace spillway::testing
