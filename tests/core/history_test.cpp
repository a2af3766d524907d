#include "controller/core/history.hpp"

#include "controller/core/decision.hpp"
#include "tests/support/printing_core.hpp"

namespace spillway::history_test {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint t0{1'795'444'200'000ms};

Decision decided(Duration at, int desired, int recommended) {
  return {
      .at = t0 + at, .desired = {desired}, .recommended = {recommended}, .burst = {desired / 2}};
}

TEST_CASE("a change is the difference of two decisions, so the first one is none") {
  History past{remember({}, decided(0s, 6, 6), 2min)};
  CHECK(past.last == CountAt{t0, {6}});
  CHECK(past.last_burst == 3_replicas);
  CHECK(past.changes.empty());

  past = remember(past, decided(15s, 6, 6), 2min);
  CHECK(past.changes.empty());
  past = remember(past, decided(30s, 10, 12), 2min);
  past = remember(past, decided(45s, 9, 9), 2min);
  REQUIRE(past.changes.size() == 2);
  CHECK(past.changes[0] == CountAt{t0 + 30s, {4}});
  CHECK(past.changes[1] == CountAt{t0 + 45s, {-1}});
  CHECK(past.recommendations.size() == 4);
  CHECK(past.recommendations[2] == CountAt{t0 + 30s, {12}});
}

struct Counted final : MemoryForm {
  Memory numbers() const override { return {4.0, 2.0}; }
};

TEST_CASE("a memory is the numbers of its form, which the next tick finds as it was left") {
  const auto form{std::make_shared<const Counted>()};
  Decision decision{decided(0s, 6, 6)};
  decision.recommendations = {{.policy = "formed", .memory = KeptMemory{form}},
                              {.policy = "plain", .memory = {4.0, 2.0}}};
  const History past{remember({}, decision, 2min)};
  CHECK(past.kept("formed").as<Counted>() == form.get());
  CHECK(past.kept("plain").as<Counted>() == nullptr);
  CHECK(past.memory("formed") == Memory{4.0, 2.0});
  CHECK(past.kept("formed") == past.kept("plain"));
  CHECK(past.kept("plain") != KeptMemory{4.0});
  CHECK(past.memory("unknown").empty());
}

TEST_CASE("what no window can reach any more is forgotten") {
  History past{};
  for (int s{0}; s <= 600; s += 15) past = remember(past, decided(s * 1s, s / 15, s / 15), 2min);
  CHECK(past.recommendations.size() == 9);
  CHECK(past.recommendations.front().at == t0 + 480s);
  CHECK(past.changes.front().at == t0 + 480s);
}

TEST_CASE("blindness has a beginning that lasts, and sight a beginning that follows it") {
  Decision blind{decided(15s, 6, 6)};
  blind.is_blind = true;
  History past{remember({}, decided(0s, 6, 6), 2min)};
  CHECK_FALSE(past.blind_since);
  CHECK_FALSE(past.sighted_since);  // never blind

  past = remember(past, blind, 2min);
  CHECK(past.blind_since == t0 + 15s);
  blind.at = t0 + 30s;
  past = remember(past, blind, 2min);
  CHECK(past.blind_since == t0 + 15s);

  CHECK(past.is_blind());

  past = remember(past, decided(45s, 6, 6), 2min);
  CHECK_FALSE(past.is_blind());
  CHECK(past.blind_since == t0 + 15s);  // of the blindness that is over
  CHECK(past.sighted_since == t0 + 45s);
  past = remember(past, decided(60s, 6, 6), 2min);
  CHECK(past.sighted_since == t0 + 45s);

  blind.at = t0 + 75s;
  past = remember(past, blind, 2min);
  CHECK(past.blind_since == t0 + 75s);
  CHECK_FALSE(past.sighted_since);
}

TEST_CASE("a policy finds its own memory again, and a policy that is gone leaves none") {
  Decision both{decided(0s, 6, 6)};
  both.recommendations = {{.policy = "saturation", .memory = {1.0}},
                          {.policy = "forecast", .memory = {2.0, 3.0}}};
  History past{remember({}, both, 2min)};
  CHECK(past.memory("saturation") == Memory{1.0});
  CHECK(past.memory("forecast") == Memory{2.0, 3.0});
  CHECK(past.memory("surge").empty());

  both.at = t0 + 15s;
  both.recommendations.pop_back();
  past = remember(past, both, 2min);
  CHECK(past.memory("forecast").empty());
}

}  // namespace
}  // namespace spillway::history_test
