#include "policies/placement/placement.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <set>
#include <string>

#include "tests/support/printing.hpp"

namespace spillway::placement::placement_test {
namespace {

using namespace std::chrono_literals;

OfferFacts offer(std::string region, double usd_per_hour, Duration start = 30s) {
  OfferFacts made{};
  made.offer.place = {.subscription = "s", .region = std::move(region)};
  made.offer.price = {usd(usd_per_hour)};
  made.start = {.median = start / 2, .p95 = start};
  return made;
}

std::string order(const std::vector<Offer>& offers) {
  std::string words{};
  for (const Offer& each : offers) {
    if (!words.empty()) words += ' ';
    words += to_string(each.place);
    if (each.size.replicas.count > 1) words += "x" + std::to_string(each.size.replicas.count);
  }
  return words;
}

template <class Policy>
std::string order_by(const Policy& policy, std::vector<OfferFacts> offers) {
  return order(offers_of(rank(policy, std::move(offers))));
}

TEST_CASE("the measures are per replica that serves") {
  OfferFacts facts{offer("east", 0.10, 60s)};
  facts.offer.size.replicas = 2_replicas;
  facts.success_rate = 0.8;
  CHECK(replica_price(facts) == doctest::Approx(0.0625));
  CHECK(expected_start(facts) == doctest::Approx(75.0));
  facts.success_rate = 0.0;
  CHECK(expected_start(facts) == doctest::Approx(6000.0));
}

TEST_CASE("each policy has its own best offer") {
  std::vector<OfferFacts> offers{offer("dear-fast", 0.10, 20s), offer("cheap-slow", 0.04, 90s),
                                 offer("middle", 0.06, 30s)};
  CHECK(order_by(Cheapest{}, offers) == "cheap-slow middle dear-fast");
  CHECK(order_by(Fastest{}, offers) == "dear-fast middle cheap-slow");
  CHECK(order_by(Weighted{}, offers) == "middle dear-fast cheap-slow");
  CHECK(order_by(Weighted{.price = 1.0, .start = 0.0}, offers) == "cheap-slow middle dear-fast");
  CHECK(order_by(PriorityOrder{.order = {"middle", "nowhere", "dear-fast"}}, offers) ==
        "middle dear-fast cheap-slow");
  offers[1].running = 3_replicas;
  CHECK(order_by(Spread{}, offers) == "middle dear-fast cheap-slow");
}

TEST_CASE("a place where half of the starts fail is neither cheap nor fast") {
  std::vector<OfferFacts> offers{offer("failing", 0.05, 30s), offer("sound", 0.06, 40s)};
  offers[0].success_rate = 0.5;
  CHECK(order_by(Cheapest{}, offers) == "sound failing");
  CHECK(order_by(Fastest{}, offers) == "sound failing");
}

TEST_CASE("a far region comes last when nearness is asked for, and a weight makes it dearer") {
  std::vector<OfferFacts> offers{offer("far", 0.04), offer("near", 0.05)};
  offers[0].latency = 150ms;
  offers[1].latency = 5ms;
  CHECK(order_by(Spread{}, offers) == "far near");
  CHECK(order_by(Spread{.latency_max = 50ms}, offers) == "near far");
  CHECK(order_by(Weighted{}, offers) == "far near");
  CHECK(order_by(Weighted{.latency = 1.0}, offers) == "near far");
}

TEST_CASE("a region in the order stands for its zones, and never for Spot") {
  std::vector<OfferFacts> offers{offer("west", 0.01), offer("east", 0.01), offer("east", 0.01),
                                 offer("east", 0.01)};
  offers[1].offer.place.zone = "1";
  offers[2].offer.place.zone = "2";
  offers[3].offer.place.priority = Priority::spot;
  CHECK(order_by(PriorityOrder{.order = {"east/2", "east"}}, offers) ==
        "east/2 east/1 west east spot");
}

TEST_CASE("fewer and larger groups when the creates that are left would not do") {
  std::vector<OfferFacts> offers{offer("one", 0.04), offer("three", 0.15), offer("four", 0.21)};
  offers[1].offer.size.replicas = 3_replicas;
  offers[2].offer.size.replicas = 4_replicas;
  const Settings settings{};
  CHECK(order(rank(settings, offers, 12_replicas, 100)) == "one threex3 fourx4");
  CHECK(order(rank(settings, offers, 12_replicas, 4)) == "threex3 fourx4 one");
  CHECK(order(rank(settings, offers, 12_replicas, 2)) == "fourx4 threex3 one");
  CHECK(order(rank(settings, offers, 12_replicas, 0)) == "one threex3 fourx4");
  Settings as_they_are{};
  as_they_are.prefers_large_when_short = false;
  CHECK(order(rank(as_they_are, offers, 12_replicas, 2)) == "one threex3 fourx4");
}

TEST_CASE("the creates of one tick are spread, and a share without room goes elsewhere") {
  std::vector<OfferFacts> offers{offer("a", 0.01), offer("b", 0.02), offer("c", 0.03)};
  offers[0].running = 2_replicas;
  const Settings settings{.policy = Spread{}};
  const auto groups = [&](const std::vector<Offer>& ranked) {
    Decision decision{.burst = 4_replicas};
    Fleet fleet{};
    fleet.burst.emplace();
    std::multiset<std::string> made{};
    for (const CreateGroup& each : plan_burst(decision, fleet, ranked, {}).creates) {
      made.insert(each.place.region);
    }
    std::string words{};
    for (const std::string& region : made) words += region;
    return words;
  };
  CHECK(groups(rank(settings, offers, 4_replicas, 100)) == "bbcc");
  offers[1].offer.quota_left = 1;
  CHECK(groups(rank(settings, offers, 4_replicas, 100)) == "bccc");
  offers[1].offer.closed_because = Because::place_unavailable;
  CHECK(groups(rank(settings, offers, 4_replicas, 100)) == "accc");
  for (OfferFacts& each : offers) each.offer.quota_left = 1;
  CHECK(groups(rank(settings, offers, 4_replicas, 100)) == "ac");
}

TEST_CASE("no offer is lost or made up, whatever is known about it, and the order is repeatable") {
  for (unsigned seed{1}; seed <= 200; ++seed) {
    CAPTURE(seed);
    std::mt19937 random{seed};
    const auto unit = [&] { return static_cast<double>(random() % 1000) / 1000.0; };
    std::vector<OfferFacts> offers{};
    const auto count = static_cast<unsigned>(random() % 8);
    for (unsigned i{0}; i < count; ++i) {
      OfferFacts made{offer("r" + std::to_string(i), unit(), duration_of_seconds(unit() * 100))};
      made.success_rate = unit();
      made.offer.size.replicas = Replicas{1 + static_cast<int>(random() % 4)};
      made.running = Replicas{static_cast<int>(random() % 3)};
      made.latency = duration_of_seconds(unit());
      offers.push_back(made);
    }
    const Settings policies[]{{.policy = Cheapest{}},
                              {.policy = Fastest{}},
                              {.policy = Weighted{.latency = 1.0}},
                              {.policy = PriorityOrder{.order = {"r1", "r0"}}},
                              {.policy = Spread{.latency_max = 300ms}}};
    for (const Settings& settings : policies) {
      const Replicas missing{static_cast<int>(random() % 20)};
      const int tokens{static_cast<int>(random() % 6)};
      const auto ranked = rank(settings, offers, missing, tokens);
      CHECK(ranked == rank(settings, offers, missing, tokens));
      // Spread splits an offer into its share and the rest.
      std::set<std::string> before{};
      std::set<std::string> after{};
      for (const OfferFacts& each : offers) before.insert(to_string(each.offer.place));
      for (const Offer& each : ranked) after.insert(to_string(each.place));
      CHECK(before == after);
    }
  }
}

}  // namespace
}  // namespace spillway::placement::placement_test
