// What every registered policy keeps, whatever it is: monotonic, deterministic, restorable,
// bounded, never shrinking blind, and calm in the face of hostile numbers.
#include "tests/property/every_policy.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "policies/combine/arbiter.hpp"
#include "policies/registry.hpp"
#include "tests/support/gen.hpp"
#include "tests/support/printing_core.hpp"

namespace spillway::every_policy_test {
namespace {

using namespace std::chrono_literals;
using testing::every_policy;
using testing::for_each_seed;
using testing::Gen;
using testing::PolicyUnderTest;

/// One stretch of ticks, 15 s apart, with loads that wander, and at times readings that are
/// missing.
class World {
 public:
  explicit World(Gen& gen) : gen_{gen}, now_{gen.snapshot(0.0)}, load_{gen.real(0.0, 150.0)} {
    now_.replica_price = {usd(0.0594)};
  }

  const Snapshot& tick(double missing) {
    now_.taken_at += 15s;
    if (gen_.chance(0.1)) load_ = gen_.real(0.0, 400.0);
    load_ *= gen_.real(0.9, 1.1);
    now_.fleet = gen_.fleet(now_.taken_at, missing);
    const int serving{now_.fleet.base ? std::max(1, now_.fleet.base->ready.count) : 6};
    set("load", load_, missing);
    set("utilization", std::min(1.0, load_ / (10.0 * serving)), missing);
    set("queue", std::max(0.0, gen_.real(-50.0, 200.0)), missing);
    set("latency_p95", gen_.real(0.1, 0.6), missing);
    set("late", gen_.chance(0.7) ? 0.0 : gen_.real(0.0, 1.0), missing);
    now_.spend.today += usd(gen_.real(0.0, 0.02));
    return now_;
  }

 private:
  void set(const std::string& signal, double value, double missing) {
    now_.readings.set(signal, gen_.chance(missing) ? Reading::missing("down")
                                                   : Reading::fresh(value, now_.taken_at));
  }

  Gen& gen_;
  Snapshot now_;
  double load_;
};

void remember_alone(History& past, const Snapshot& now, const Recommendation& asked) {
  past.memories[asked.policy] = asked.memory;
  past.last = CountAt{now.taken_at, asked.floor.value_or(now.fleet.total().value_or(0_replicas))};
  past.last_burst = now.fleet.burst ? count_burst(*now.fleet.burst).wanted() : 0_replicas;
}

/// A history in which `each` has lived for a while.
History lived(const PolicyUnderTest& each, Gen& gen, World& world, double missing) {
  History past{};
  for (int tick{gen.integer(0, 60)}; tick > 0; --tick) {
    const Snapshot& now{world.tick(missing)};
    remember_alone(past, now, each.policy->recommend(now, past));
  }
  return past;
}

TEST_CASE("every registered type is under test, with its own name") {
  std::vector<std::string_view> tested{};
  const auto all{every_policy()};
  for (const PolicyUnderTest& each : all) {
    if (tested.empty() || tested.back() != each.policy->name()) {
      tested.push_back(each.policy->name());
    }
  }
  const auto types{policy_types()};
  CHECK(tested == std::vector<std::string_view>(types.begin(), types.end()));
}

TEST_CASE("more load never asks for fewer, and never allows fewer") {
  const auto all{every_policy()};
  for (const PolicyUnderTest& each : all) {
    // A jump may look to `auto` like one that it has seen pass: it asks for somewhat fewer then.
    if (each.policy->name() == "auto") continue;
    CAPTURE(each.name);
    for_each_seed(100, [&](Gen& gen) {
      World world{gen};
      const History past{lived(each, gen, world, 0.05)};
      const Snapshot calm{world.tick(0.0)};
      Snapshot busy{calm};
      // Twice the load is twice the utilization until it saturates; the queue may be longer, too.
      const double factor{gen.real(1.0, gen.chance(0.5) ? 1.2 : 4.0)};
      for (const std::string signal : {"load", "utilization", "queue"}) {
        const double value{*calm.readings[signal].fresh_value()};
        const double most{signal == "utilization" ? std::max(1.0, value) : 1e9};
        busy.readings.set(signal, Reading::fresh(std::min(most, factor * value), busy.taken_at));
      }
      const Recommendation low{each.policy->recommend(calm, past)};
      const Recommendation high{each.policy->recommend(busy, past)};
      CHECK(low.floor.has_value() == high.floor.has_value());
      CHECK(low.ceiling.has_value() == high.ceiling.has_value());
      if (low.floor) CHECK(*high.floor >= *low.floor);
      if (low.ceiling) CHECK(*high.ceiling >= *low.ceiling);
    });
  }
}

TEST_CASE("a policy alone that cannot see never shrinks the fleet") {
  const auto all{every_policy()};
  for (const PolicyUnderTest& each : all) {
    CAPTURE(each.name);
    for_each_seed(50, [&](Gen& gen) {
      World world{gen};
      const History past{lived(each, gen, world, 0.1)};
      Snapshot blind{world.tick(0.0)};
      const auto current{*blind.fleet.total()};
      blind.readings = {};
      if (gen.chance(0.5)) {  // stale is as blind as missing
        for (const char* signal : {"load", "utilization", "queue"}) {
          blind.readings.set(signal, Reading::stale(0.0, blind.taken_at - 10min, "too old"));
        }
      }
      const Recommendation asked{each.policy->recommend(blind, past)};
      const bool reads{!each.policy->signals().empty()};
      if (reads) CHECK(asked.is_hold);
      // What needs no reading (money, the clock) may of course go on.
      if (reads) CHECK(arbitrate({asked}, current, {}).wanted >= current);
    });
  }
}

TEST_CASE("the same snapshot and history give the same answer, also after a restart") {
  for_each_seed(15, [](Gen& gen) {
    const auto all{every_policy()};
    const auto restarted{every_policy()};
    for (std::size_t i{0}; i < all.size(); ++i) {
      CAPTURE(all[i].name);
      World world{gen};
      const History past{lived(all[i], gen, world, 0.1)};
      const Snapshot now{world.tick(0.1)};
      const Recommendation asked{all[i].policy->recommend(now, past)};
      CHECK(asked == all[i].policy->recommend(now, past));
      CHECK(asked == restarted[i].policy->recommend(now, past));
      CHECK(asked.policy == all[i].policy->name());
      CHECK_FALSE(asked.words.empty());
    }
  });
}

TEST_CASE("the memory is bounded and finite, whatever the interval and however long it lives") {
  const auto all{every_policy()};
  for (const PolicyUnderTest& each : all) {
    CAPTURE(each.name);
    for_each_seed(2, [&](Gen& gen) {
      World world{gen};
      History past{};
      std::size_t largest{0};
      for (int tick{0}; tick < 1200; ++tick) {
        Snapshot now{world.tick(0.02)};
        now.taken_at += tick * std::chrono::seconds{gen.integer(1, 60)};
        const Recommendation asked{each.policy->recommend(now, past)};
        const Memory kept{asked.memory.numbers()};
        largest = std::max(largest, kept.size());
        CHECK(std::ranges::all_of(kept, [](double x) { return std::isfinite(x); }));
        remember_alone(past, now, asked);
      }
      CHECK(largest <= 2600);
    });
  }
}

TEST_CASE("hostile numbers give a count within bounds, and a memory that is none is forgotten") {
  constexpr std::array hostile{0.0,  -0.0,  -1.0,  1e-320, 1e-9,   0.5,    1.0,    1e6,
                               1e15, 1e100, 1e308, -1e308, 5e-324, 1e-300, 12.345, 1e12};
  const auto all{every_policy()};
  for_each_seed(60, [&](Gen& gen) {
    const auto any{
        [&] { return hostile.at(static_cast<std::size_t>(gen.integer(0, hostile.size() - 1))); }};
    for (const PolicyUnderTest& each : all) {
      CAPTURE(each.name);
      World world{gen};
      History past{lived(each, gen, world, 0.1)};
      for (int tick{0}; tick < 5; ++tick) {
        Snapshot now{world.tick(0.1)};
        for (const char* signal : {"load", "utilization", "queue", "latency_p95", "late"}) {
          now.readings.set(signal, Reading::fresh(any(), now.taken_at));
        }
        now.replica_price = {Money{gen.integer(-1, 1) * gen.integer(0, 2'000'000'000)}};
        now.spend.today = usd(gen.real(-1.0, 100.0));
        if (gen.chance(0.2)) now.taken_at -= 24h * gen.integer(0, 400);
        if (gen.chance(0.3)) {
          Memory memory{past.memory(each.policy->name())};
          for (double& number : memory) {
            if (gen.chance(0.2)) number = any();
            if (gen.chance(0.02)) number = std::numeric_limits<double>::quiet_NaN();
            if (gen.chance(0.02)) number = std::numeric_limits<double>::infinity();
          }
          if (gen.chance(0.2)) memory.resize(static_cast<std::size_t>(gen.integer(0, 50)));
          past.memories[std::string{each.policy->name()}] = std::move(memory);
        }
        const Recommendation asked{each.policy->recommend(now, past)};
        for (const auto& count : {asked.floor, asked.ceiling, asked.vms}) {
          if (count) CHECK(*count >= 0_replicas);
          if (count) CHECK(count->count <= 1'100'000);
        }
        const Memory kept{asked.memory.numbers()};
        CHECK(kept.size() <= 2600);
        CHECK(std::ranges::all_of(kept, [](double x) { return std::isfinite(x); }));
        remember_alone(past, now, asked);
      }
    }
  });
}

}  // namespace
}  // namespace spillway::every_policy_test
